DROP INDEX tickets_location;
CREATE INDEX tickets_location ON tickets (location_id, is_open, id) WHERE location_id IS NOT NULL;
