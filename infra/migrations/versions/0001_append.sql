-- The one way into the log. A call holds many submissions, in order, each one command; every answer is a row.
--
-- Arrays of a group are parallel: s_ submissions, x_ streams that a submission read (and how many events it writes
-- there), r_ guards it rests on, n_ natural keys it takes, e_ events, g_ guards of events. x_, r_ and n_ name their
-- submission, e_ its row of x_, g_ its event, each counted from 1. Events come in the order of their submissions.
--
-- `terms` are those of the log by which the keys it is sealed with had not been destroyed, and its guards are all that
-- rules ask for; `timeline` is that of the server whose log it was judged on. Null where it rests on neither.
--
-- Tables are only probed by their keys, row by row of the arrays (LATERAL … OFFSET 0, no sequential scan), because a
-- plan made while they were small is kept while they grow. Arrays are never joined with one another, for the same
-- reason: windows and subscripts do that work.

CREATE TYPE log.verdict AS (
    submission     int,
    verdict        text,
    first_position bigint,
    last_position  bigint,
    recorded_at    timestamptz,
    subject        text,
    expected       int,
    current        int,
    digest         bytea,
    id             uuid,
    streams        text[],
    versions       int[],
    irregularities text[]
);

CREATE FUNCTION log.lock() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the log is written at READ COMMITTED: an older snapshot would hide what came before'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
    PERFORM pg_advisory_xact_lock(7378697629483820645);
END $$;

-- Which history of the server this is. A standby that is promoted begins another one, and may lack the end of the log
-- that this one had. What it lacks, processes may have read: versions and positions then stand for something else.
CREATE FUNCTION log.timeline() RETURNS int LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int;

CREATE FUNCTION log.append(
    s_principal text[], s_command uuid[], s_hash bytea[], s_recorded_at timestamptz[],
    x_submission int[], x_stream text[], x_expected int[], x_written int[],
    r_submission int[], r_guard text[], r_seen bigint[],
    n_submission int[], n_scheme text[], n_digest bytea[], n_id uuid[], n_subject uuid[],
    e_expectation int[], e_version int[], e_kind text[], e_schema_version int[], e_slot bigint[],
    e_envelope bytea[], e_state bytea[], e_irregularities text[],
    g_event int[], g_guard text[],
    terms bigint, timeline int
) RETURNS SETOF log.verdict
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    submissions CONSTANT int := cardinality(s_command);
    expectations CONSTANT int := cardinality(x_stream);
    events CONSTANT int := cardinality(e_kind);
    follow boolean;         -- the versions, on those expected
    left_at int[];          -- the version at which submissions before it leave a stream, by row of x_; null for none
    falls log.verdict[];    -- why submissions fall, more than one reason for some
    more log.verdict[];
    fallen boolean[];       -- by submission
    followers int[];
    numbers bigint[];       -- positions, by event, null where its submission fell; null where none did
    times timestamptz[];    -- recorded_at, by submission, where they are given
    standing bigint;        -- the terms that there are
    head bigint;
    at timestamptz;
    sizes int[];            -- events, by submission
    alone log.verdict;      -- of an accepted submission, where there is no other
BEGIN
    IF (submissions = cardinality(s_principal) AND submissions = cardinality(s_hash)
        AND submissions = cardinality(s_recorded_at)
        AND expectations = cardinality(x_submission) AND expectations = cardinality(x_expected)
        AND expectations = cardinality(x_written)
        AND cardinality(r_guard) = cardinality(r_submission) AND cardinality(r_guard) = cardinality(r_seen)
        AND cardinality(n_digest) = cardinality(n_submission) AND cardinality(n_digest) = cardinality(n_scheme)
        AND cardinality(n_digest) = cardinality(n_id) AND cardinality(n_digest) = cardinality(n_subject)
        AND events = cardinality(e_expectation) AND events = cardinality(e_version)
        AND events = cardinality(e_schema_version) AND events = cardinality(e_slot)
        AND events = cardinality(e_envelope) AND events = cardinality(e_state)
        AND events = cardinality(e_irregularities)
        AND cardinality(g_event) = cardinality(g_guard)
        AND 1 <= ALL (x_submission) AND submissions >= ALL (x_submission) AND 0 <= ALL (x_expected)
        AND 0 <= ALL (x_written) AND 1 <= ALL (r_submission) AND submissions >= ALL (r_submission) AND 0 <= ALL (r_seen)
        AND 1 <= ALL (n_submission) AND submissions >= ALL (n_submission)
        AND 1 <= ALL (e_expectation) AND expectations >= ALL (e_expectation)
        AND 1 <= ALL (g_event) AND events >= ALL (g_event)) IS NOT TRUE
    THEN
        RAISE EXCEPTION 'the arrays of an append do not fit one another' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF events = 1 THEN
        follow := e_version[1] = x_expected[e_expectation[1]] + 1 AND x_written[e_expectation[1]] = 1
            AND cardinality(array_positions(x_written, 0)) = expectations - 1;
    ELSE
        follow := events = (SELECT coalesce(sum(w), 0) FROM unnest(x_written) AS w) AND NOT EXISTS (
            SELECT FROM (
                SELECT e.expectation, e.version,
                       row_number() OVER (PARTITION BY e.expectation ORDER BY e.o) AS n,
                       lag(x_submission[e.expectation]) OVER (ORDER BY e.o) AS before
                FROM unnest(e_expectation, e_version) WITH ORDINALITY AS e(expectation, version, o)
            ) AS e
            WHERE e.version IS DISTINCT FROM x_expected[e.expectation] + e.n
               OR e.n > x_written[e.expectation]
               OR e.before > x_submission[e.expectation]);
    END IF;
    IF follow IS NOT TRUE THEN
        RAISE EXCEPTION 'the versions of an append do not follow on those it expects, one by one'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;

    PERFORM log.lock();

    SELECT position, recorded_at, (SELECT number FROM log.terms) INTO head, at, standing
    FROM log.event ORDER BY position DESC LIMIT 1;
    IF head IS NULL THEN
        head := 0;
        SELECT number INTO standing FROM log.terms;
    END IF;

    -- Judged as if every submission were accepted. Where one is not, whatever rests on it falls further below. What a
    -- call has nothing of is not looked for: to prepare a statement takes longer than to run it.
    SELECT array_agg(ROW(s.o, CASE WHEN c.request_hash = s.hash THEN 'repeated' ELSE 'other_body' END, null, null, null,
                         null, null, null, null, null, null, null, null)::log.verdict)
    INTO falls
    FROM unnest(s_principal, s_command, s_hash) WITH ORDINALITY AS s(principal, command, hash, o)
    CROSS JOIN LATERAL (
        SELECT request_hash FROM log.command AS c
        WHERE c.principal = s.principal AND c.command_id = s.command OFFSET 0
    ) AS c;
    IF (terms <> standing OR timeline <> log.timeline()) AND coalesce(cardinality(falls), 0) < submissions THEN
        RAISE EXCEPTION 'the terms on which this was to be appended have moved'
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    IF submissions > 1 THEN
        SELECT array_agg(ROW(s.o, CASE WHEN s.hash = s.first_hash THEN 'repeated' ELSE 'other_body' END, null, null,
                             null, null, null, s.first, null, null, null, null, null)::log.verdict)
        INTO more
        FROM (
            SELECT s.o, s.hash, first_value(s.o) OVER same AS first, first_value(s.hash) OVER same AS first_hash
            FROM unnest(s_principal, s_command, s_hash) WITH ORDINALITY AS s(principal, command, hash, o)
            WINDOW same AS (PARTITION BY s.principal, s.command ORDER BY s.o)
        ) AS s
        WHERE s.first < s.o;
        falls := falls || more;
        SELECT array_agg(x.written ORDER BY x.o) INTO left_at FROM (
            SELECT x.o, max(x.expected + x.written) FILTER (WHERE x.written > 0) OVER (
                       PARTITION BY x.stream COLLATE "C" ORDER BY x.submission
                       RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS written
            FROM unnest(x_submission, x_stream, x_expected, x_written)
                WITH ORDINALITY AS x(submission, stream, expected, written, o)
        ) AS x;
    END IF;
    SELECT array_agg(ROW(x.submission, 'conflict', null, null, null, x.stream, x.expected, c.version, null, null, null,
                         null, null)::log.verdict)
    INTO more
    FROM unnest(x_submission, x_stream, x_expected) WITH ORDINALITY AS x(submission, stream, expected, o)
    CROSS JOIN LATERAL (
        SELECT coalesce(left_at[x.o], (
            SELECT e.version FROM log.event AS e WHERE e.stream = x.stream ORDER BY e.version DESC LIMIT 1
        ), 0) AS version OFFSET 0
    ) AS c
    WHERE c.version <> x.expected;
    falls := falls || more;
    IF r_guard <> '{}' THEN
        SELECT array_agg(ROW(r.submission, 'moved', null, null, null, r.guard, null, null, null, null, null, null,
                             null)::log.verdict)
        INTO more
        FROM unnest(r_submission, r_guard, r_seen) AS r(submission, guard, seen)
        -- Also where less is there than was seen: the log has lost its end.
        WHERE coalesce((
            SELECT g.position FROM log.event_guard AS g WHERE g.guard = r.guard ORDER BY g.position DESC LIMIT 1
        ), 0) <> r.seen;
        falls := falls || more;
    END IF;
    IF n_digest <> '{}' THEN
        SELECT array_agg(ROW(n.submission, 'taken', null, null, null, n.scheme, null, null, n.digest,
                             coalesce(t.id, n.first_id), null, null, null)::log.verdict)
        INTO more
        FROM (
            SELECT n.submission, n.scheme, n.digest,
                   first_value(n.submission) OVER same AS first, first_value(n.id) OVER same AS first_id
            FROM unnest(n_submission, n_scheme, n_digest, n_id) AS n(submission, scheme, digest, id)
            WINDOW same AS (PARTITION BY n.scheme, n.digest ORDER BY n.submission)
        ) AS n
        LEFT JOIN LATERAL (
            SELECT t.id FROM log.external_id AS t WHERE t.scheme = n.scheme AND t.digest = n.digest OFFSET 0
        ) AS t ON true
        WHERE t.id IS NOT NULL OR n.first < n.submission;
        falls := falls || more;
    END IF;

    IF falls IS NOT NULL THEN
        SELECT array_agg(f ORDER BY s) INTO fallen FROM (
            SELECT s, bool_or(f) AS f FROM (
                SELECT f.submission AS s, true AS f FROM unnest(falls) AS f
                UNION ALL SELECT s, false FROM generate_series(1, submissions) AS s
            ) AS parts GROUP BY s
        ) AS whole;
        LOOP
            followers := log.followers(fallen, s_principal, s_command, x_submission, x_stream, x_written, r_submission,
                r_guard, n_submission, n_scheme, n_digest, e_expectation, g_event, g_guard);
            EXIT WHEN NOT EXISTS (SELECT FROM unnest(followers) AS s WHERE NOT fallen[s]);
            SELECT array_agg(f OR s = ANY (followers) ORDER BY s) INTO fallen
            FROM unnest(fallen) WITH ORDINALITY AS f(f, s);
        END LOOP;
        SELECT array_agg(CASE WHEN e.ok THEN head + e.n END ORDER BY e.o) INTO numbers FROM (
            SELECT e.o, NOT fallen[x_submission[e.x]] AS ok,
                   count(*) FILTER (WHERE NOT fallen[x_submission[e.x]]) OVER (ORDER BY e.o) AS n
            FROM unnest(e_expectation) WITH ORDINALITY AS e(x, o)
        ) AS e;
    END IF;

    IF array_remove(s_recorded_at, null) <> '{}' THEN
        times := log.given_times(s_recorded_at, fallen, at);
    END IF;
    at := greatest(clock_timestamp(), at);

    INSERT INTO log.event
    SELECT coalesce(numbers[e.o], head + e.o), x_stream[e.x], e.version, e.kind, e.schema_version,
           coalesce(e.slot, numbers[e.o], head + e.o), coalesce(times[x_submission[e.x]], at), e.envelope, e.state,
           string_to_array(e.irregularities, E'\n')
    FROM unnest(e_expectation, e_version, e_kind, e_schema_version, e_slot, e_envelope, e_state, e_irregularities)
        WITH ORDINALITY AS e(x, version, kind, schema_version, slot, envelope, state, irregularities, o)
    WHERE numbers IS NULL OR numbers[e.o] IS NOT NULL
    ORDER BY e.o;

    IF g_guard <> '{}' THEN
        INSERT INTO log.event_guard
        SELECT g.guard, coalesce(numbers[g.event], head + g.event)
        FROM unnest(g_event, g_guard) WITH ORDINALITY AS g(event, guard, o)
        WHERE numbers IS NULL OR numbers[g.event] IS NOT NULL
        ORDER BY g.o;
    END IF;

    IF n_digest <> '{}' THEN
        INSERT INTO log.external_id
        SELECT n.scheme, n.digest, n.id, n.subject
        FROM unnest(n_submission, n_scheme, n_digest, n_id, n_subject)
            WITH ORDINALITY AS n(submission, scheme, digest, id, subject, o)
        WHERE fallen[n.submission] IS NOT TRUE
        ORDER BY n.o;
    END IF;

    IF submissions = 1 AND falls IS NULL THEN
        INSERT INTO log.command VALUES (s_principal[1], s_command[1], s_hash[1], head + 1, head + events);
        alone.submission := 1;
        alone.verdict := 'accepted';
        alone.first_position := head + 1;
        alone.last_position := head + events;
        alone.recorded_at := coalesce(times[1], at);
        RETURN NEXT alone;
        RETURN;
    END IF;
    SELECT array_agg(size ORDER BY s) INTO sizes FROM (
        SELECT s, sum(n)::int AS size FROM (
            SELECT x.s, x.n FROM unnest(x_submission, x_written) AS x(s, n)
            UNION ALL SELECT s, 0 FROM generate_series(1, submissions) AS s
        ) AS parts GROUP BY s
    ) AS whole;
    RETURN QUERY
    WITH accepted AS (
        SELECT s.o::int AS o, s.principal, s.command, s.hash, sizes[s.o] AS size,
               head + sum(sizes[s.o]) OVER (ORDER BY s.o)::bigint AS last
        FROM unnest(s_principal, s_command, s_hash) WITH ORDINALITY AS s(principal, command, hash, o)
        WHERE fallen[s.o] IS NOT TRUE
    ), stored AS (
        INSERT INTO log.command
        SELECT a.principal, a.command, a.hash, a.last - a.size + 1, a.last FROM accepted AS a ORDER BY a.o
    )
    SELECT a.o, 'accepted', a.last - a.size + 1, a.last, coalesce(times[a.o], at), null::text, null::int, null::int,
           null::bytea, null::uuid, null::text[], null::int[], null::text[]
    FROM accepted AS a ORDER BY a.o;

    IF falls IS NOT NULL THEN
        RETURN QUERY SELECT * FROM log.reasons(falls, fallen, followers, s_principal, s_command);
    END IF;
END $$;
