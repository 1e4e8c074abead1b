-- The promises: calendars and standards, each with its versions, and the clocks that run on tickets.
-- The same tables, in the same column order, stand in the other database's folder.

CREATE TABLE calendars (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE calendar_versions (
    id BLOB NOT NULL,
    calendar_id BLOB NOT NULL REFERENCES calendars (id),
    version INTEGER NOT NULL,
    spec TEXT NOT NULL,
    created_by_id BLOB REFERENCES users (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (calendar_id, version)
);

CREATE TABLE standards (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    retired_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE standard_versions (
    id BLOB NOT NULL,
    standard_id BLOB NOT NULL REFERENCES standards (id),
    version INTEGER NOT NULL,
    spec TEXT NOT NULL,
    created_by_id BLOB REFERENCES users (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (standard_id, version)
);

CREATE TABLE standard_reapplications (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    standard_version_id BLOB NOT NULL REFERENCES standard_versions (id),
    requested_by_id BLOB NOT NULL REFERENCES users (id),
    reason TEXT NOT NULL,
    changed INTEGER NOT NULL,
    finished_at INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE clocks (
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    id BLOB NOT NULL,
    site_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    hop_id BLOB,
    department_id BLOB,
    standard_version_id BLOB NOT NULL REFERENCES standard_versions (id),
    started_at INTEGER NOT NULL,
    born_target_seconds INTEGER NOT NULL,
    born_calendar_version_id BLOB,
    calendar_version_id BLOB,
    target_seconds INTEGER NOT NULL,
    target_version INTEGER NOT NULL,
    phase TEXT NOT NULL,
    used_seconds INTEGER NOT NULL,
    since INTEGER NOT NULL,
    due_at INTEGER,
    is_provisional INTEGER NOT NULL,
    breached_at INTEGER,
    breach_cause TEXT,
    is_excused INTEGER NOT NULL,
    reasons TEXT NOT NULL,
    episode INTEGER NOT NULL,
    alerted_percent INTEGER NOT NULL,
    next_at INTEGER,
    events INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (ticket_id, id)
) WITHOUT ROWID;

CREATE TABLE clock_events (
    ticket_id BLOB NOT NULL,
    id BLOB NOT NULL,
    clock_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT,
    target_seconds INTEGER,
    priority TEXT,
    calendar_version_id BLOB,
    actor_id BLOB REFERENCES users (id),
    actor_name TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (ticket_id, id),
    FOREIGN KEY (ticket_id, clock_id) REFERENCES clocks (ticket_id, id)
) WITHOUT ROWID;

CREATE TABLE clock_alerts (
    ticket_id BLOB NOT NULL,
    clock_id BLOB NOT NULL,
    target_version INTEGER NOT NULL,
    percent INTEGER NOT NULL,
    tell TEXT NOT NULL,
    at INTEGER NOT NULL,
    detected_at INTEGER NOT NULL,
    PRIMARY KEY (ticket_id, clock_id, target_version, percent),
    FOREIGN KEY (ticket_id, clock_id) REFERENCES clocks (ticket_id, id)
) WITHOUT ROWID;

ALTER TABLE sites ADD COLUMN calendar_id BLOB REFERENCES calendars (id);
ALTER TABLE departments ADD COLUMN calendar_id BLOB REFERENCES calendars (id);
ALTER TABLE departments ADD COLUMN lead_id BLOB REFERENCES users (id);
ALTER TABLE tickets ADD COLUMN received_at INTEGER NOT NULL DEFAULT 0;
UPDATE tickets SET received_at = created_at;
ALTER TABLE tickets ADD COLUMN photos INTEGER NOT NULL DEFAULT 0;
UPDATE tickets SET photos = (
    SELECT count(*) FROM ticket_attachments a JOIN ticket_events e ON e.id = a.event_id
    WHERE a.ticket_id = tickets.id AND e.from_status IS NULL
);
ALTER TABLE tickets ADD COLUMN standard_version_id BLOB REFERENCES standard_versions (id);
ALTER TABLE tickets ADD COLUMN due_at INTEGER;
ALTER TABLE tickets ADD COLUMN pause_ends_at INTEGER;
ALTER TABLE tickets ADD COLUMN lateness_reason TEXT;

CREATE INDEX calendars_site ON calendars (site_id, id);
CREATE INDEX standards_site ON standards (site_id, id);
CREATE INDEX standard_reapplications_site ON standard_reapplications (site_id, id);
CREATE INDEX clocks_calendar ON clocks (calendar_version_id)
    WHERE calendar_version_id IS NOT NULL AND phase IN ('running', 'paused');
CREATE INDEX clocks_next ON clocks (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX notices_admin ON notices (id) WHERE recipient_role = 'admin';
