-- The head of the log, and the position that a moment stands for.

CREATE FUNCTION log.head() RETURNS bigint LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN coalesce((SELECT max(position) FROM log.event), 0);

-- The last position recorded at or before a moment: recording times never fall, so halving the primary key finds it.
-- Null for a moment that has not come. What is being recorded bears a time already and is not seen yet. Where nothing
-- later than the moment is recorded, the lock is therefore waited for, so that the same moment gives the same position
-- for ever. A standby has no lock to wait for: there a moment is told once it has replayed what was committed a minute
-- later; before that, one past the head, which it has yet to see.
CREATE FUNCTION log.position_at(moment timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $$
DECLARE
    low bigint := 0;  -- recorded by then
    high bigint;      -- the answer lies here or below
    middle bigint;
BEGIN
    -- Where the head is later than the moment, whatever is being recorded is later still.
    IF ((SELECT recorded_at FROM log.event ORDER BY position DESC LIMIT 1) > moment) IS NOT TRUE THEN
        IF moment > clock_timestamp() THEN
            RETURN NULL;
        END IF;
        IF NOT pg_is_in_recovery() THEN
            -- Undone at once, and so let go of, whatever breaks in between.
            BEGIN
                PERFORM pg_advisory_xact_lock_shared(7378697629483820645);
                RAISE EXCEPTION USING ERRCODE = 'FTOK1';
            EXCEPTION WHEN SQLSTATE 'FTOK1' THEN
                NULL;
            END;
        ELSIF (moment + interval '1 minute' < pg_last_xact_replay_timestamp()) IS NOT TRUE THEN
            RETURN log.head() + 1;
        END IF;
    END IF;
    high := log.head();
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
