-- Whatever is taken or brought back is written into every index of its row, and every reference is looked up: as few of both
-- as lists and rules need. Of things one index knows where they stand, for a site as for a station in it; what was returned,
-- which is nearly all that was ever lent, is found without its status; and a line of history refers to what stood in rows that
-- the same transaction has just read, and that are never deleted (docs/adr/0023-what-lending-writes.md).
DROP INDEX rental_units_at;
DROP INDEX rental_units_site;
CREATE INDEX rental_units_shelf ON rental_units (site_id, station_id, type_id, status, battery_percent, id);
DROP INDEX rentals_site_status;
CREATE INDEX rentals_site_status ON rentals (site_id, status, id) WHERE status <> 'returned';
ALTER TABLE rental_events
    DROP CONSTRAINT rental_events_unit_id_fkey,
    DROP CONSTRAINT rental_events_station_id_fkey,
    DROP CONSTRAINT rental_events_actor_id_fkey;

-- As they were, but told the site, with which the index begins, and how many slots there are.
DROP FUNCTION enter_station;
DROP FUNCTION hold_station;
CREATE FUNCTION hold_station(site UUID, station UUID, key BIGINT) RETURNS BIGINT LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(key);
    RETURN (SELECT count(*) FROM rental_units WHERE site_id = site AND station_id = station);
END $$;
CREATE FUNCTION enter_station(site UUID, station UUID, slots INTEGER, key BIGINT) RETURNS BIGINT LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    passes CONSTANT INTEGER := 8;
    held BIGINT;
BEGIN
    BEGIN
        PERFORM
            pg_advisory_xact_lock_shared(key),
            pg_advisory_xact_lock((key & 2147483647)::INTEGER, pg_backend_pid() % passes);
        held := (SELECT count(*) FROM rental_units WHERE site_id = site AND station_id = station);
        -- Counted is what this one put there, and not what the other seven are putting there.
        IF slots IS NULL OR slots - held >= passes - 1 THEN
            RETURN held;
        END IF;
        RAISE EXCEPTION 'no room for all';
    EXCEPTION WHEN raise_exception THEN
        -- Which lets go of both locks: two who wait for the whole station with half of it would wait for each other.
    END;
    RETURN hold_station(site, station, key);
END $$;
