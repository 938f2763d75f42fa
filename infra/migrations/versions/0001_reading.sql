-- The head of the log, and the position that a moment stands for.

CREATE FUNCTION log.head() RETURNS bigint LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN coalesce((SELECT max(position) FROM log.event), 0);

-- The last position recorded at or before a moment: recording times never fall, so halving the primary key finds it.
CREATE FUNCTION log.position_at(moment timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $$
DECLARE
    low bigint := 0;            -- recorded by then
    high bigint := log.head();  -- the answer lies here or below
    middle bigint;
BEGIN
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF (SELECT recorded_at FROM log.event WHERE position = middle) <= moment THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END $$;
