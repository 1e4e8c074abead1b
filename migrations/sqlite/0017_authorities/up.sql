-- When an authority's matter came and how many working days it gives stay known, so that its deadline is counted anew when
-- the holidays of another year are; what authorities passed on is found by itself. The same tables, in the same column
-- order, stand in the other database's folder.

ALTER TABLE complaints ADD COLUMN regulator_received_at INTEGER;
ALTER TABLE complaints ADD COLUMN regulator_working_days INTEGER;

CREATE TABLE legal_years (
    site_id BLOB NOT NULL REFERENCES sites (id),
    year INTEGER NOT NULL,
    list TEXT NOT NULL,
    imported_by_id BLOB NOT NULL REFERENCES users (id),
    imported_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, year)
) WITHOUT ROWID;

CREATE INDEX complaints_regulator ON complaints (site_id, ticket_id) WHERE regulator_name IS NOT NULL;
