-- The promises: calendars and standards, each with its versions, and the clocks that run on tickets.
-- The same tables, in the same column order, stand in the other database's folder.

CREATE TABLE calendars (
    id uuid NOT NULL,
    site_id uuid NOT NULL REFERENCES sites (id),
    name text NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE calendar_versions (
    id uuid NOT NULL,
    calendar_id uuid NOT NULL REFERENCES calendars (id),
    version integer NOT NULL,
    spec jsonb NOT NULL,
    created_by_id uuid REFERENCES users (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (calendar_id, version)
);

CREATE TABLE standards (
    id uuid NOT NULL,
    site_id uuid NOT NULL REFERENCES sites (id),
    name text NOT NULL,
    version integer NOT NULL,
    retired_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE standard_versions (
    id uuid NOT NULL,
    standard_id uuid NOT NULL REFERENCES standards (id),
    version integer NOT NULL,
    spec jsonb NOT NULL,
    created_by_id uuid REFERENCES users (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (standard_id, version)
);

CREATE TABLE standard_reapplications (
    id uuid NOT NULL,
    site_id uuid NOT NULL REFERENCES sites (id),
    standard_version_id uuid NOT NULL REFERENCES standard_versions (id),
    requested_by_id uuid NOT NULL REFERENCES users (id),
    reason text NOT NULL,
    changed integer NOT NULL,
    finished_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE clocks (
    ticket_id uuid NOT NULL REFERENCES tickets (id),
    id uuid NOT NULL,
    site_id uuid NOT NULL,
    kind text NOT NULL,
    hop_id uuid,
    department_id uuid,
    standard_version_id uuid NOT NULL REFERENCES standard_versions (id),
    started_at timestamptz NOT NULL,
    born_target_seconds integer NOT NULL,
    born_calendar_version_id uuid,
    calendar_version_id uuid,
    target_seconds integer NOT NULL,
    target_version integer NOT NULL,
    phase text NOT NULL,
    used_seconds integer NOT NULL,
    since timestamptz NOT NULL,
    due_at timestamptz,
    is_provisional boolean NOT NULL,
    breached_at timestamptz,
    breach_cause text,
    is_excused boolean NOT NULL,
    reasons jsonb NOT NULL,
    episode integer NOT NULL,
    alerted_percent integer NOT NULL,
    next_at timestamptz,
    events integer NOT NULL DEFAULT 0,
    PRIMARY KEY (ticket_id, id)
);

CREATE TABLE clock_events (
    ticket_id uuid NOT NULL,
    id uuid NOT NULL,
    clock_id uuid NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    reason text,
    target_seconds integer,
    priority text,
    calendar_version_id uuid,
    actor_id uuid REFERENCES users (id),
    actor_name text NOT NULL,
    recorded_at timestamptz NOT NULL,
    position integer NOT NULL,
    PRIMARY KEY (ticket_id, id),
    FOREIGN KEY (ticket_id, clock_id) REFERENCES clocks (ticket_id, id)
);

CREATE TABLE clock_alerts (
    ticket_id uuid NOT NULL,
    clock_id uuid NOT NULL,
    target_version integer NOT NULL,
    percent integer NOT NULL,
    tell text NOT NULL,
    at timestamptz NOT NULL,
    detected_at timestamptz NOT NULL,
    PRIMARY KEY (ticket_id, clock_id, target_version, percent),
    FOREIGN KEY (ticket_id, clock_id) REFERENCES clocks (ticket_id, id)
);

ALTER TABLE sites ADD COLUMN calendar_id uuid REFERENCES calendars (id);
ALTER TABLE departments ADD COLUMN calendar_id uuid REFERENCES calendars (id);
ALTER TABLE departments ADD COLUMN lead_id uuid REFERENCES users (id);
ALTER TABLE tickets ADD COLUMN received_at timestamptz;
UPDATE tickets SET received_at = created_at;
ALTER TABLE tickets ALTER COLUMN received_at SET NOT NULL;
ALTER TABLE tickets ADD COLUMN photos integer NOT NULL DEFAULT 0;
UPDATE tickets SET photos = (
    SELECT count(*) FROM ticket_attachments a JOIN ticket_events e ON e.id = a.event_id
    WHERE a.ticket_id = tickets.id AND e.from_status IS NULL
);
ALTER TABLE tickets ADD COLUMN standard_version_id uuid REFERENCES standard_versions (id);
ALTER TABLE tickets ADD COLUMN due_at timestamptz;
ALTER TABLE tickets ADD COLUMN pause_ends_at timestamptz;
ALTER TABLE tickets ADD COLUMN lateness_reason text;

CREATE INDEX calendars_site ON calendars (site_id, id);
CREATE INDEX standards_site ON standards (site_id, id);
CREATE INDEX standard_reapplications_site ON standard_reapplications (site_id, id);
CREATE INDEX clocks_calendar ON clocks (calendar_version_id)
    WHERE calendar_version_id IS NOT NULL AND phase IN ('running', 'paused');
CREATE INDEX clocks_next ON clocks (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX notices_admin ON notices (id) WHERE recipient_role = 'admin';
