-- Departments whose resolution rate is under its target, and the clocks that are held to the tightened ladder for it. The
-- same tables, in the same column order, stand in the other database's folder.

ALTER TABLE departments ADD COLUMN tightened_since INTEGER;
ALTER TABLE clocks ADD COLUMN tightened_at INTEGER;

CREATE TABLE tightenings (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    department_id BLOB NOT NULL REFERENCES departments (id),
    since INTEGER NOT NULL,
    numerator INTEGER NOT NULL,
    denominator INTEGER NOT NULL,
    target INTEGER NOT NULL,
    ended_at INTEGER,
    numerator_after INTEGER,
    denominator_after INTEGER,
    target_after INTEGER,
    verdict_after TEXT,
    PRIMARY KEY (id)
) WITHOUT ROWID;

-- A department is tightened once at a time.
CREATE UNIQUE INDEX tightenings_one ON tightenings (department_id) WHERE ended_at IS NULL;
CREATE INDEX tightenings_site ON tightenings (site_id, id);
CREATE INDEX tightenings_department ON tightenings (department_id, id);
