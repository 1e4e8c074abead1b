-- As hold_station, for what somebody brings back. While there is room for all eight who may come at once, each with a pass,
-- they do not wait for each other; who holds the station waits for them, and they for that one. With less room one comes
-- after the other, as the last slot is for one of them.
CREATE FUNCTION enter_station(station UUID, key BIGINT) RETURNS BIGINT LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    passes CONSTANT INTEGER := 8;
    slots INTEGER;
    held BIGINT;
BEGIN
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(key);
        PERFORM pg_advisory_xact_lock((key & 2147483647)::INTEGER, pg_backend_pid() % passes);
        SELECT s.slots, (SELECT count(*) FROM rental_units u WHERE u.station_id = station)
            INTO slots, held FROM stations s WHERE s.id = station;
        -- Counted is what this one put there, and not what the other seven are putting there.
        IF slots IS NULL OR slots - held >= passes - 1 THEN
            RETURN held;
        END IF;
        RAISE EXCEPTION 'no room for all';
    EXCEPTION WHEN raise_exception THEN
        -- Which lets go of both locks: two who wait for the whole station with half of it would wait for each other.
    END;
    RETURN hold_station(station, key);
END $$;
