DROP FUNCTION enter_station;
DROP FUNCTION hold_station;
CREATE FUNCTION hold_station(station UUID, key BIGINT) RETURNS BIGINT LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(key);
    RETURN (SELECT count(*) FROM rental_units WHERE station_id = station);
END $$;
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
        IF slots IS NULL OR slots - held >= passes - 1 THEN
            RETURN held;
        END IF;
        RAISE EXCEPTION 'no room for all';
    EXCEPTION WHEN raise_exception THEN
    END;
    RETURN hold_station(station, key);
END $$;
ALTER TABLE rental_events
    ADD FOREIGN KEY (unit_id) REFERENCES rental_units (id),
    ADD FOREIGN KEY (station_id) REFERENCES stations (id),
    ADD FOREIGN KEY (actor_id) REFERENCES users (id);
DROP INDEX rentals_site_status;
CREATE INDEX rentals_site_status ON rentals (site_id, status, id);
DROP INDEX rental_units_shelf;
CREATE INDEX rental_units_at ON rental_units (station_id, type_id, status, battery_percent, id);
CREATE INDEX rental_units_site ON rental_units (site_id, type_id, status, station_id);
