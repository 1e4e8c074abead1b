-- Makes other changes of what is at a station wait until this transaction ends, and says how many things are there then:
-- a statement of its own would count what was there before it waited. What waits for one station waits for every round
-- trip of whoever is before it, so this is one.
CREATE FUNCTION hold_station(station UUID, key BIGINT) RETURNS BIGINT LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(key);
    RETURN (SELECT count(*) FROM rental_units WHERE station_id = station);
END $$;
