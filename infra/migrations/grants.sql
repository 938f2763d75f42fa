-- Who may do what. Applied at every migration, so that it holds for the roles that the connections name now.

REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA log, vault FROM PUBLIC, {api}, {projector}, {sealer}, {vault};
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA log FROM PUBLIC, {api}, {projector}, {sealer}, {vault};
REVOKE ALL ON TYPE log.verdict FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} REVOKE ALL ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE {projector} REVOKE ALL ON FUNCTIONS FROM PUBLIC;

GRANT USAGE ON SCHEMA log TO {api}, {projector}, {sealer};
GRANT SELECT ON ALL TABLES IN SCHEMA log TO {api};
GRANT SELECT ON log.event, log.installation, log.revision TO {projector};
GRANT SELECT ON log.event, log.event_guard, log.installation, log.revision TO {sealer};
GRANT EXECUTE ON FUNCTION log.head, log.position_at TO {api}, {projector}, {sealer};
GRANT EXECUTE ON FUNCTION log.append, log.find, log.timeline TO {api};
GRANT USAGE ON TYPE log.verdict TO {api};

GRANT USAGE ON SCHEMA views TO {api};
GRANT SELECT ON ALL TABLES IN SCHEMA views TO {api};
ALTER DEFAULT PRIVILEGES FOR ROLE {projector} IN SCHEMA views GRANT SELECT ON TABLES TO {api};

GRANT USAGE ON SCHEMA log, vault TO {vault};
GRANT SELECT ON log.terms TO {vault};
GRANT SELECT, INSERT, DELETE ON vault.key TO {vault};
