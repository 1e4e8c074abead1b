-- Departments whose resolution rate is under its target, and the clocks that are held to the tightened ladder for it. The
-- same tables, in the same column order, stand in the other database's folder.

ALTER TABLE departments ADD COLUMN tightened_since TIMESTAMPTZ;
ALTER TABLE clocks ADD COLUMN tightened_at TIMESTAMPTZ;

CREATE TABLE tightenings (
    id UUID NOT NULL,
    site_id UUID NOT NULL REFERENCES sites (id),
    department_id UUID NOT NULL REFERENCES departments (id),
    since TIMESTAMPTZ NOT NULL,
    numerator BIGINT NOT NULL,
    denominator BIGINT NOT NULL,
    target INTEGER NOT NULL,
    ended_at TIMESTAMPTZ,
    numerator_after BIGINT,
    denominator_after BIGINT,
    target_after INTEGER,
    verdict_after TEXT,
    PRIMARY KEY (id)
);

-- A department is tightened once at a time.
CREATE UNIQUE INDEX tightenings_one ON tightenings (department_id) WHERE ended_at IS NULL;
CREATE INDEX tightenings_site ON tightenings (site_id, id);
CREATE INDEX tightenings_department ON tightenings (department_id, id);
