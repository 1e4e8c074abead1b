-- Complaints in a closed loop: what a complaint has beyond its ticket, follow-ups, surveys, and what is like what.
-- The same tables, in the same column order, stand in the other database's folder.

CREATE TABLE complaints (
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    site_id BLOB NOT NULL REFERENCES sites (id),
    grade TEXT NOT NULL,
    proposed_grade TEXT,
    proposed_because TEXT,
    graded_by_id BLOB REFERENCES users (id),
    graded_at INTEGER,
    occurred_at INTEGER,
    about_department_id BLOB REFERENCES departments (id),
    about_staff_id BLOB REFERENCES users (id),
    is_media_risk INTEGER NOT NULL,
    facts TEXT,
    cause TEXT,
    responsibility TEXT,
    measures TEXT,
    investigated_by_id BLOB REFERENCES users (id),
    investigated_at INTEGER,
    offer TEXT,
    offered_at INTEGER,
    is_agreed INTEGER,
    outcome TEXT,
    compensation_fen INTEGER,
    approved_by_id BLOB REFERENCES users (id),
    concluded_at INTEGER,
    regulator_name TEXT,
    regulator_reference TEXT,
    external_due_at INTEGER,
    is_external_due_provisional INTEGER NOT NULL,
    PRIMARY KEY (ticket_id)
);

CREATE TABLE follow_ups (
    id BLOB NOT NULL,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    site_id BLOB NOT NULL REFERENCES sites (id),
    episode INTEGER NOT NULL,
    is_second INTEGER NOT NULL,
    cause TEXT NOT NULL,
    status TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    result TEXT,
    attitude INTEGER,
    speed INTEGER,
    solution INTEGER,
    overall INTEGER,
    comment TEXT,
    done_by_id BLOB REFERENCES users (id),
    done_at INTEGER,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE follow_up_attempts (
    id BLOB NOT NULL,
    follow_up_id BLOB NOT NULL REFERENCES follow_ups (id),
    at INTEGER NOT NULL,
    by_id BLOB NOT NULL REFERENCES users (id),
    by_name TEXT NOT NULL,
    way TEXT NOT NULL,
    is_reached INTEGER NOT NULL,
    note TEXT,
    PRIMARY KEY (id)
);

CREATE TABLE surveys (
    token_hash BLOB NOT NULL,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    episode INTEGER NOT NULL,
    issued_by_id BLOB NOT NULL REFERENCES users (id),
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (token_hash)
) WITHOUT ROWID;

CREATE TABLE ticket_repeats (
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    earlier_id BLOB NOT NULL REFERENCES tickets (id),
    site_id BLOB NOT NULL REFERENCES sites (id),
    kind TEXT NOT NULL,
    because TEXT NOT NULL,
    status TEXT NOT NULL,
    decided_by_id BLOB REFERENCES users (id),
    decided_at INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (ticket_id, earlier_id)
) WITHOUT ROWID;

ALTER TABLE categories ADD COLUMN follow_up TEXT;
ALTER TABLE categories ADD COLUMN follow_up_percent INTEGER;
ALTER TABLE categories ADD COLUMN retired_at INTEGER;

CREATE INDEX follow_ups_ticket ON follow_ups (ticket_id, id);
CREATE UNIQUE INDEX follow_ups_one_open ON follow_ups (ticket_id, is_second) WHERE status = 'open';
CREATE INDEX follow_ups_status ON follow_ups (status, id);
CREATE INDEX follow_ups_site ON follow_ups (site_id, id);
CREATE INDEX follow_ups_site_open ON follow_ups (site_id, status, id);
CREATE INDEX follow_up_attempts_follow_up ON follow_up_attempts (follow_up_id, id);
CREATE INDEX ticket_repeats_earlier ON ticket_repeats (earlier_id, status);
CREATE INDEX surveys_expiry ON surveys (expires_at);
CREATE INDEX tickets_place_category ON tickets (location_id, category_id, id) WHERE category_id IS NOT NULL;
