-- Spot checks: what a site looks at in a record, rounds of tickets that are looked at, and what was found. The same
-- tables, in the same column order, stand in the other database's folder.

CREATE TABLE spot_checklists (
    site_id BLOB NOT NULL REFERENCES sites (id),
    version INTEGER NOT NULL,
    items TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_by_id BLOB NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, version)
) WITHOUT ROWID;

CREATE TABLE spot_checks (
    id BLOB NOT NULL PRIMARY KEY,
    site_id BLOB NOT NULL REFERENCES sites (id),
    method TEXT NOT NULL,
    status TEXT NOT NULL,
    from_day TEXT NOT NULL,
    to_day TEXT NOT NULL,
    size INTEGER NOT NULL,
    population INTEGER NOT NULL,
    ticket_kind TEXT,
    category_id BLOB REFERENCES categories (id),
    department_id BLOB REFERENCES departments (id),
    person_id BLOB REFERENCES users (id),
    checklist_version INTEGER NOT NULL,
    items TEXT NOT NULL,
    note TEXT,
    created_by_id BLOB NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    close_reason TEXT,
    closed_by_id BLOB REFERENCES users (id),
    ended_at INTEGER,
    version INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE spot_check_tickets (
    spot_check_id BLOB NOT NULL REFERENCES spot_checks (id),
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    is_open INTEGER NOT NULL,
    PRIMARY KEY (spot_check_id, ticket_id)
) WITHOUT ROWID;

CREATE TABLE spot_check_results (
    id BLOB NOT NULL PRIMARY KEY,
    site_id BLOB NOT NULL REFERENCES sites (id),
    spot_check_id BLOB NOT NULL REFERENCES spot_checks (id),
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    person_id BLOB REFERENCES users (id),
    department_id BLOB REFERENCES departments (id),
    is_correct INTEGER NOT NULL,
    answers TEXT NOT NULL,
    note TEXT,
    reason TEXT,
    checked_by_id BLOB NOT NULL REFERENCES users (id),
    checked_at INTEGER NOT NULL,
    is_current INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX spot_checks_site ON spot_checks (site_id, id);
CREATE INDEX spot_checks_site_status ON spot_checks (site_id, status, id);
-- A ticket is in at most one open round, and a record has one result that stands.
CREATE UNIQUE INDEX spot_check_tickets_open ON spot_check_tickets (ticket_id) WHERE is_open;
CREATE UNIQUE INDEX spot_check_results_current ON spot_check_results (spot_check_id, ticket_id) WHERE is_current;
CREATE INDEX spot_check_results_ticket ON spot_check_results (ticket_id, spot_check_id, id);
CREATE INDEX spot_check_results_person ON spot_check_results (person_id, id) WHERE is_current AND person_id IS NOT NULL;

-- A result changes what its ticket counts for.
CREATE TRIGGER rates_new_spot_check AFTER INSERT ON spot_check_results
BEGIN INSERT INTO rate_changes (ticket_id) VALUES (NEW.ticket_id); END;
CREATE TRIGGER rates_spot_check AFTER UPDATE ON spot_check_results
BEGIN INSERT INTO rate_changes (ticket_id) VALUES (NEW.ticket_id); END;
