-- Whatever is taken or brought back is written into every index of its row, and every reference is looked up: as few of both
-- as lists and rules need. Of things one index knows where they stand, for a site as for a station in it; what was returned,
-- which is nearly all that was ever lent, is found without its status; and a line of history refers to what stood in rows that
-- the same transaction has just read, and that are never deleted (docs/adr/0023-what-lending-writes.md).
DROP INDEX rental_units_at;
DROP INDEX rental_units_site;
CREATE INDEX rental_units_shelf ON rental_units (site_id, station_id, type_id, status, battery_percent, id);
DROP INDEX rentals_site_status;
CREATE INDEX rentals_site_status ON rentals (site_id, status, id) WHERE status <> 'returned';

CREATE TABLE rental_events_new (
    id BLOB NOT NULL,
    unit_id BLOB NOT NULL,
    rental_id BLOB,
    action TEXT NOT NULL,
    station_id BLOB,
    actor_id BLOB,
    reason TEXT,
    device_at INTEGER,
    at INTEGER NOT NULL,
    PRIMARY KEY (unit_id, id)
) WITHOUT ROWID;
INSERT INTO rental_events_new SELECT * FROM rental_events;
DROP TABLE rental_events;
ALTER TABLE rental_events_new RENAME TO rental_events;
