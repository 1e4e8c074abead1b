-- Improvements: what is done about a target that a site missed. The same tables, in the same column order, stand in the
-- other database's folder.

CREATE TABLE improvements (
    id BLOB NOT NULL,
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    site_id BLOB NOT NULL REFERENCES sites (id),
    first_day TEXT NOT NULL,
    rate TEXT,
    ticket_kind TEXT,
    cause TEXT NOT NULL,
    status TEXT NOT NULL,
    numerator INTEGER NOT NULL,
    denominator INTEGER NOT NULL,
    target INTEGER NOT NULL,
    worst TEXT NOT NULL,
    owner_id BLOB REFERENCES users (id),
    due_at INTEGER NOT NULL,
    escalated_at INTEGER,
    plan TEXT,
    planned_by_id BLOB REFERENCES users (id),
    planned_at INTEGER,
    evidence TEXT,
    evidenced_by_id BLOB REFERENCES users (id),
    evidenced_at INTEGER,
    check_note TEXT,
    checked_by_id BLOB REFERENCES users (id),
    checked_at INTEGER,
    numerator_after INTEGER,
    denominator_after INTEGER,
    rejections INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_by_id BLOB REFERENCES users (id),
    created_at INTEGER NOT NULL,
    UNIQUE (id)
);

-- One for each month and aim: a rate of all tickets or of a kind, or, without a rate, the number of complaints.
CREATE UNIQUE INDEX improvements_one ON improvements (site_id, first_day, COALESCE(rate, ''), COALESCE(ticket_kind, ''));
CREATE INDEX improvements_site ON improvements (site_id, id);
CREATE INDEX improvements_site_status ON improvements (site_id, status, id);
CREATE INDEX improvements_owner ON improvements (owner_id, id) WHERE owner_id IS NOT NULL;
