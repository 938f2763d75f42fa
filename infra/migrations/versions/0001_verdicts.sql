-- What append needs when something in a call is not accepted, and what asks for a command's answer later.

-- The submissions that rest on what a fallen one before them would have written.
CREATE FUNCTION log.followers(
    fallen boolean[], s_principal text[], s_command uuid[], x_submission int[], x_stream text[], x_written int[],
    r_submission int[], r_guard text[], n_submission int[], n_scheme text[], n_digest bytea[],
    e_expectation int[], g_event int[], g_guard text[]
) RETURNS int[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT array_agg(DISTINCT used.submission) FROM (
            SELECT part.submission, part.rests, bool_or(part.writes AND fallen[part.submission]) OVER (
                PARTITION BY part.what, part.name, part.digest ORDER BY part.submission
                RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS fell
            FROM (
                SELECT x.submission, 'stream' AS what, x.stream AS name, ''::bytea AS digest,
                       x.written > 0 AS writes, true AS rests
                FROM unnest(x_submission, x_stream, x_written) AS x(submission, stream, written)
                UNION ALL
                SELECT r.submission, 'guard', r.guard, '', false, true
                FROM unnest(r_submission, r_guard) AS r(submission, guard)
                UNION ALL
                SELECT x_submission[e_expectation[g.event]], 'guard', g.guard, '', true, false
                FROM unnest(g_event, g_guard) AS g(event, guard)
                UNION ALL
                SELECT n.submission, 'external', n.scheme, n.digest, true, true
                FROM unnest(n_submission, n_scheme, n_digest) AS n(submission, scheme, digest)
                UNION ALL
                SELECT s.o, 'command', s.principal, uuid_send(s.command), true, true
                FROM unnest(s_principal, s_command) WITH ORDINALITY AS s(principal, command, o)
            ) AS part
        ) AS used
        WHERE used.rests AND used.fell
    );
END $$;

-- One reason for each fallen submission. The answer to a command that is known comes before every other.
CREATE FUNCTION log.reasons(
    falls log.verdict[], fallen boolean[], followers int[], s_principal text[], s_command uuid[]
) RETURNS SETOF log.verdict
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
BEGIN
    RETURN QUERY
    SELECT known.submission, known.verdict, answer.first_position, answer.last_position, answer.recorded_at, known.subject,
           known.expected, known.current, known.digest, known.id, answer.streams, answer.versions, answer.irregularities
    FROM (
        SELECT DISTINCT ON (reason.submission) reason.*
        FROM (
            SELECT CASE WHEN f.verdict NOT IN ('repeated', 'other_body') THEN 3
                        WHEN f.current IS NULL THEN 0
                        WHEN NOT fallen[f.current] THEN 1
                        ELSE 4 END AS rank, f.*
            FROM unnest(falls) AS f
            UNION ALL
            SELECT 2, s, 'followed', null, null, null, null, null, null, null, null, null, null, null
            FROM unnest(followers) AS s
        ) AS reason
        ORDER BY reason.submission, reason.rank, reason.verdict, reason.subject
    ) AS known
    LEFT JOIN LATERAL log.answer(s_principal[known.submission], s_command[known.submission]) AS answer
        ON known.verdict = 'repeated'
    ORDER BY known.submission;
END $$;

-- What an accepted command left: its positions, its recording time, and the versions of its streams.
CREATE FUNCTION log.answer(
    asked_by text, asked_for uuid,
    OUT first_position bigint, OUT last_position bigint, OUT recorded_at timestamptz, OUT streams text[], OUT versions int[],
    OUT irregularities text[]
) RETURNS SETOF record
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
BEGIN
    RETURN QUERY
    SELECT c.first_position, c.last_position,
           coalesce((SELECT e.recorded_at FROM log.event AS e WHERE e.position = c.last_position),
                    (SELECT i.created_at FROM log.installation AS i)),
           coalesce(written.streams, '{}'), coalesce(written.versions, '{}'),
           coalesce((
               SELECT array_agg(DISTINCT code) FROM log.event AS e CROSS JOIN LATERAL unnest(e.irregularities) AS code
               WHERE e.position BETWEEN c.first_position AND c.last_position
           ), '{}')
    FROM log.command AS c CROSS JOIN LATERAL (
        SELECT array_agg(w.stream ORDER BY w.stream) AS streams, array_agg(w.version ORDER BY w.stream) AS versions
        FROM (
            SELECT e.stream, max(e.version) AS version FROM log.event AS e
            WHERE e.position BETWEEN c.first_position AND c.last_position GROUP BY e.stream
        ) AS w
    ) AS written
    WHERE c.principal = asked_by AND c.command_id = asked_for;
END $$;

-- The recording times that a demonstration gives. They lie in the past and never fall.
CREATE FUNCTION log.given_times(given timestamptz[], fallen boolean[], last_at timestamptz) RETURNS timestamptz[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    now_at CONSTANT timestamptz := clock_timestamp();
    times timestamptz[];
BEGIN
    IF NOT (SELECT demonstration FROM log.installation) THEN
        RAISE EXCEPTION 'recording times are given in a demonstration database only'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT array_agg(greatest(last_at, latest) ORDER BY o) INTO times FROM (
        SELECT o, max(coalesce(at, now_at)) FILTER (WHERE fallen[o] IS NOT TRUE) OVER (ORDER BY o) AS latest
        FROM unnest(given) WITH ORDINALITY AS g(at, o)
    ) AS running;
    IF EXISTS (
        SELECT FROM unnest(given, times) WITH ORDINALITY AS g(at, latest, o)
        WHERE fallen[o] IS NOT TRUE AND (at < latest OR at > now_at))
    THEN
        RAISE EXCEPTION 'a given recording time lies before the last one recorded, or in the future'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN times;
END $$;

-- The answers to commands that were accepted, by the number of the question. It waits for what is on its way, which a
-- standby cannot. Terms and timeline are those on which the commands were refused, as for log.append.
CREATE FUNCTION log.find(asked_by text[], asked_for uuid[], hashes bytea[], terms bigint, timeline int)
RETURNS SETOF log.verdict
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
BEGIN
    IF pg_is_in_recovery() THEN
        RAISE EXCEPTION 'a standby cannot tell what is on its way' USING ERRCODE = 'read_only_sql_transaction';
    END IF;
    PERFORM log.lock();
    IF terms <> (SELECT number FROM log.terms) OR timeline <> log.timeline() THEN
        RAISE EXCEPTION 'the terms on which this was refused have moved'
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN QUERY
    SELECT q.o::int, CASE WHEN c.request_hash = q.hash THEN 'repeated' ELSE 'other_body' END, answer.first_position,
           answer.last_position, answer.recorded_at, null::text, null::int, null::int, null::bytea, null::uuid,
           answer.streams, answer.versions, answer.irregularities
    FROM unnest(asked_by, asked_for, hashes) WITH ORDINALITY AS q(principal, command, hash, o)
    CROSS JOIN LATERAL (
        SELECT c.request_hash, c.principal, c.command_id FROM log.command AS c
        WHERE c.principal = q.principal AND c.command_id = q.command OFFSET 0
    ) AS c
    CROSS JOIN LATERAL log.answer(c.principal, c.command_id) AS answer;
END $$;
