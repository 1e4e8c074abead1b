-- Spot checks: what a site looks at in a record, rounds of tickets that are looked at, and what was found. The same
-- tables, in the same column order, stand in the other database's folder.

CREATE TABLE spot_checklists (
    site_id UUID NOT NULL REFERENCES sites (id),
    version INTEGER NOT NULL,
    items JSONB NOT NULL,
    reason TEXT NOT NULL,
    created_by_id UUID NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (site_id, version)
);

CREATE TABLE spot_checks (
    id UUID NOT NULL PRIMARY KEY,
    site_id UUID NOT NULL REFERENCES sites (id),
    method TEXT NOT NULL,
    status TEXT NOT NULL,
    from_day TEXT NOT NULL,
    to_day TEXT NOT NULL,
    size INTEGER NOT NULL,
    population INTEGER NOT NULL,
    ticket_kind TEXT,
    category_id UUID REFERENCES categories (id),
    department_id UUID REFERENCES departments (id),
    person_id UUID REFERENCES users (id),
    checklist_version INTEGER NOT NULL,
    items JSONB NOT NULL,
    note TEXT,
    created_by_id UUID NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    close_reason TEXT,
    closed_by_id UUID REFERENCES users (id),
    ended_at TIMESTAMPTZ,
    version INTEGER NOT NULL
);

CREATE TABLE spot_check_tickets (
    spot_check_id UUID NOT NULL REFERENCES spot_checks (id),
    ticket_id UUID NOT NULL REFERENCES tickets (id),
    is_open BOOLEAN NOT NULL,
    PRIMARY KEY (spot_check_id, ticket_id)
);

CREATE TABLE spot_check_results (
    id UUID NOT NULL PRIMARY KEY,
    site_id UUID NOT NULL REFERENCES sites (id),
    spot_check_id UUID NOT NULL REFERENCES spot_checks (id),
    ticket_id UUID NOT NULL REFERENCES tickets (id),
    person_id UUID REFERENCES users (id),
    department_id UUID REFERENCES departments (id),
    is_correct BOOLEAN NOT NULL,
    answers JSONB NOT NULL,
    note TEXT,
    reason TEXT,
    checked_by_id UUID NOT NULL REFERENCES users (id),
    checked_at TIMESTAMPTZ NOT NULL,
    is_current BOOLEAN NOT NULL
);

CREATE INDEX spot_checks_site ON spot_checks (site_id, id);
CREATE INDEX spot_checks_site_status ON spot_checks (site_id, status, id);
-- A ticket is in at most one open round, and a record has one result that stands.
CREATE UNIQUE INDEX spot_check_tickets_open ON spot_check_tickets (ticket_id) WHERE is_open;
CREATE UNIQUE INDEX spot_check_results_current ON spot_check_results (spot_check_id, ticket_id) WHERE is_current;
CREATE INDEX spot_check_results_ticket ON spot_check_results (ticket_id, spot_check_id, id);
CREATE INDEX spot_check_results_person ON spot_check_results (person_id, id) WHERE is_current AND person_id IS NOT NULL;

-- A result changes what its ticket counts for.
CREATE TRIGGER rates_spot_check AFTER INSERT OR UPDATE ON spot_check_results
FOR EACH ROW EXECUTE FUNCTION mark_rate_change('part');
