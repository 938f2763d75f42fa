-- Events of the eventsourcing library, bare as it has them, for whoever owns the log. The versions are the caller's;
-- a version that is there already is a unique violation, and then nothing of the call is stored.

CREATE FUNCTION log.append_library(
    e_stream text[], e_version int[], e_kind text[], e_envelope bytea[], e_state bytea[]
) RETURNS SETOF bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    head bigint;
    last_at timestamptz;
    at timestamptz;
BEGIN
    PERFORM log.lock();
    SELECT position, recorded_at INTO head, last_at FROM log.event ORDER BY position DESC LIMIT 1;
    head := coalesce(head, 0);
    at := greatest(clock_timestamp(), last_at);
    INSERT INTO log.event
    SELECT head + e.o, e.stream, e.version, e.kind, 1, head + e.o, at,
           e.envelope, e.state
    FROM unnest(e_stream, e_version, e_kind, e_envelope, e_state)
        WITH ORDINALITY AS e(stream, version, kind, envelope, state, o)
    ORDER BY e.o;
    RETURN QUERY SELECT head + o FROM generate_series(1, cardinality(e_stream)) AS o ORDER BY o;
END $$;
