-- The log, the keys, and the schema that the views live in. Every text column that names something compares by bytes.

CREATE SCHEMA vault;

CREATE TABLE log.event (
    position       bigint      PRIMARY KEY,
    stream         text        COLLATE "C" NOT NULL,
    version        int         NOT NULL,
    kind           text        COLLATE "C" NOT NULL,
    schema_version int         NOT NULL,
    slot           bigint      NOT NULL,
    recorded_at    timestamptz NOT NULL,
    envelope       bytea       NOT NULL,
    state          bytea       NOT NULL,
    irregularities text[],
    UNIQUE (stream, version),
    CHECK (position > 0 AND slot > 0 AND slot <= position AND version >= 0 AND schema_version > 0),
    CHECK (stream !~ '[[:cntrl:]]' AND kind !~ '[[:cntrl:]]'),
    CHECK (irregularities <> '{}')
);
CREATE INDEX ON log.event (slot) WHERE slot <> position;
CREATE INDEX ON log.event (position) WHERE irregularities IS NOT NULL;
COMMENT ON TABLE log.event IS 'Every fact, once, in the order of its recording. Positions run 1, 2, 3 … without gaps.';
COMMENT ON COLUMN log.event.slot IS
    'Whose place this entry has: its own position, or the slot of the entry that it corrects or retracts.';
COMMENT ON COLUMN log.event.irregularities IS 'A copy out of the envelope, for listing.';

CREATE TABLE log.event_guard (
    guard    text   COLLATE "C",
    position bigint,
    PRIMARY KEY (guard, position)
);
COMMENT ON TABLE log.event_guard IS 'Which sets an event belongs to. Derived from the events, and checked against them.';

CREATE TABLE log.command (
    principal      text   COLLATE "C",
    command_id     uuid,
    request_hash   bytea  NOT NULL,
    first_position bigint NOT NULL,
    last_position  bigint NOT NULL,
    PRIMARY KEY (principal, command_id)
);
COMMENT ON TABLE log.command IS
    'The commands that were accepted. One that recorded nothing has its last position just below its first.';

CREATE TABLE log.external_id (
    scheme  text  COLLATE "C",
    digest  bytea,
    id      uuid  NOT NULL,
    subject uuid,
    PRIMARY KEY (scheme, digest)
);
CREATE INDEX ON log.external_id (subject) WHERE subject IS NOT NULL;
COMMENT ON TABLE log.external_id IS
    'Natural keys, as keyed digests, and the random identifiers that stand for them. Erased with the person they name.';

CREATE TABLE log.installation (
    id            uuid        PRIMARY KEY,
    demonstration boolean     NOT NULL,
    secret_check  bytea       NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX one_installation ON log.installation ((true));

CREATE TABLE log.terms (
    number bigint NOT NULL
);
CREATE UNIQUE INDEX one_number ON log.terms ((true));
INSERT INTO log.terms VALUES (1);
COMMENT ON TABLE log.terms IS
    'Moves whenever what processes keep in memory ends to hold: a key was destroyed, or the rules are others.';

CREATE TABLE vault.key (
    key_id     uuid        PRIMARY KEY,
    subject    uuid        NOT NULL,
    purpose    text        COLLATE "C" NOT NULL,
    episode    text        COLLATE "C" NOT NULL DEFAULT '',
    wrapped    bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (subject, purpose, episode)
);

-- The log is locked from here to the end of the change: what is recorded before it is recorded on the old terms, and
-- whatever is recorded after it has seen the new ones.
CREATE FUNCTION log.move_terms() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM log.lock();
    -- By the clock: a log that has lost its end gives no number a second time.
    UPDATE log.terms SET number = greatest(number + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
    RETURN NULL;
END $$;

CREATE TRIGGER terms_move BEFORE UPDATE OR DELETE OR TRUNCATE ON vault.key
    FOR EACH STATEMENT EXECUTE FUNCTION log.move_terms();

-- The roles may not change the log in any case; this stops its owner's mistakes.
CREATE FUNCTION log.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% on %.%: what is recorded stays as it is', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER recorded_for_ever BEFORE UPDATE OR DELETE OR TRUNCATE ON log.event
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
CREATE TRIGGER recorded_for_ever BEFORE UPDATE OR DELETE OR TRUNCATE ON log.event_guard
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
CREATE TRIGGER recorded_for_ever BEFORE UPDATE OR DELETE OR TRUNCATE ON log.command
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
CREATE TRIGGER recorded_for_ever BEFORE UPDATE OR DELETE OR TRUNCATE ON log.installation
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
-- A natural key is deleted with the person it names, and otherwise stays.
CREATE TRIGGER recorded_for_ever BEFORE UPDATE OR TRUNCATE ON log.external_id
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
