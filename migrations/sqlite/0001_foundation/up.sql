-- The foundation: sites and their places, people, tickets and what happens to them.
-- The same tables, in the same column order, stand in the other database's folder.

CREATE TABLE settings (
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (key)
) WITHOUT ROWID;

CREATE TABLE sites (
    id BLOB NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    opens TEXT NOT NULL,
    closes TEXT NOT NULL,
    phone TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (code)
);

CREATE TABLE departments (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (site_id, code)
);

CREATE TABLE categories (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    parent_id BLOB REFERENCES categories (id),
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    priority TEXT NOT NULL,
    is_safety INTEGER NOT NULL,
    department_id BLOB REFERENCES departments (id),
    position INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (site_id, code)
);

CREATE TABLE locations (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    parent_id BLOB REFERENCES locations (id),
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (site_id, code)
);

CREATE TABLE equipment (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    location_id BLOB NOT NULL REFERENCES locations (id),
    category_id BLOB NOT NULL REFERENCES categories (id),
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (site_id, code)
);

CREATE TABLE shops (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    location_id BLOB NOT NULL REFERENCES locations (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    trade TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (site_id, code)
);

CREATE TABLE units (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    location_id BLOB NOT NULL REFERENCES locations (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (site_id, code)
);

CREATE TABLE scan_codes (
    scene TEXT NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    location_id BLOB NOT NULL REFERENCES locations (id),
    equipment_id BLOB REFERENCES equipment (id),
    shop_id BLOB REFERENCES shops (id),
    retired_at INTEGER,
    PRIMARY KEY (scene)
) WITHOUT ROWID;

CREATE TABLE users (
    id BLOB NOT NULL,
    username TEXT,
    password_hash TEXT,
    display_name TEXT NOT NULL,
    language TEXT NOT NULL,
    is_admin INTEGER NOT NULL,
    phone_sealed BLOB,
    phone_index BLOB,
    phone_masked TEXT,
    disabled_at INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (username),
    UNIQUE (phone_index)
);

CREATE TABLE wechat_identities (
    app_id TEXT NOT NULL,
    open_id TEXT NOT NULL,
    union_id TEXT,
    user_id BLOB NOT NULL REFERENCES users (id),
    PRIMARY KEY (app_id, open_id)
) WITHOUT ROWID;

CREATE TABLE memberships (
    id BLOB NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    site_id BLOB NOT NULL REFERENCES sites (id),
    role TEXT NOT NULL,
    department_id BLOB REFERENCES departments (id),
    shop_id BLOB REFERENCES shops (id),
    unit_id BLOB REFERENCES units (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (user_id, site_id)
);

CREATE TABLE sessions (
    id BLOB NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (id)
);

CREATE TABLE refresh_tokens (
    token_hash BLOB NOT NULL,
    session_id BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (token_hash)
) WITHOUT ROWID;

CREATE TABLE login_throttles (
    name_hash BLOB NOT NULL,
    failures INTEGER NOT NULL,
    blocked_until INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (name_hash)
) WITHOUT ROWID;

CREATE TABLE idempotency_records (
    caller_id BLOB NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    status INTEGER NOT NULL,
    version INTEGER,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (caller_id, key)
) WITHOUT ROWID;

CREATE TABLE attachments (
    id BLOB NOT NULL,
    uploader_id BLOB NOT NULL REFERENCES users (id),
    content_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    is_used INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE tickets (
    id BLOB NOT NULL,
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    site_id BLOB NOT NULL REFERENCES sites (id),
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    status TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    priority TEXT NOT NULL,
    severity TEXT NOT NULL,
    category_id BLOB REFERENCES categories (id),
    location_id BLOB REFERENCES locations (id),
    equipment_id BLOB REFERENCES equipment (id),
    shop_id BLOB REFERENCES shops (id),
    requester_id BLOB REFERENCES users (id),
    requester_role TEXT NOT NULL,
    filed_by_id BLOB NOT NULL REFERENCES users (id),
    contact_name TEXT,
    contact_phone_sealed BLOB,
    contact_phone_index BLOB,
    contact_phone_masked TEXT,
    description TEXT NOT NULL,
    department_id BLOB REFERENCES departments (id),
    assignee_id BLOB REFERENCES users (id),
    pause_reason TEXT,
    result TEXT,
    rating_score INTEGER,
    bounces INTEGER NOT NULL,
    urges INTEGER NOT NULL,
    followers INTEGER NOT NULL,
    reopens INTEGER NOT NULL,
    version INTEGER NOT NULL,
    accepted_at INTEGER,
    resolved_at INTEGER,
    closed_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (id)
);

CREATE TABLE ticket_events (
    id BLOB NOT NULL,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    at INTEGER NOT NULL,
    actor_id BLOB REFERENCES users (id),
    actor_name TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    action TEXT NOT NULL,
    from_status TEXT,
    to_status TEXT NOT NULL,
    reason TEXT,
    text TEXT,
    detail TEXT,
    is_public INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE ticket_hops (
    id BLOB NOT NULL,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    kind TEXT NOT NULL,
    from_department_id BLOB REFERENCES departments (id),
    to_department_id BLOB REFERENCES departments (id),
    actor_id BLOB NOT NULL REFERENCES users (id),
    reason TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE ticket_followers (
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (ticket_id, user_id)
) WITHOUT ROWID;

CREATE TABLE ticket_attachments (
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    attachment_id BLOB NOT NULL REFERENCES attachments (id),
    event_id BLOB NOT NULL REFERENCES ticket_events (id),
    PRIMARY KEY (ticket_id, attachment_id)
) WITHOUT ROWID;

CREATE TABLE notices (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    kind TEXT NOT NULL,
    recipient_id BLOB REFERENCES users (id),
    recipient_role TEXT,
    department_id BLOB REFERENCES departments (id),
    ticket_id BLOB REFERENCES tickets (id),
    detail TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE jobs (
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    leased_until INTEGER,
    last_error TEXT,
    dead_at INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (kind, subject)
);

CREATE INDEX categories_site ON categories (site_id, position);
CREATE INDEX locations_site ON locations (site_id, position);
CREATE INDEX shops_location ON shops (location_id);
CREATE INDEX wechat_identities_user ON wechat_identities (user_id);
CREATE INDEX memberships_site ON memberships (site_id, role, id);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_end ON sessions (expires_at);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
CREATE INDEX login_throttles_updated ON login_throttles (updated_at);
CREATE INDEX idempotency_records_created ON idempotency_records (created_at);
CREATE INDEX attachments_unused ON attachments (is_used, created_at);
CREATE INDEX tickets_site ON tickets (site_id, id);
CREATE INDEX tickets_site_status ON tickets (site_id, status, id);
CREATE INDEX tickets_site_open ON tickets (site_id, is_open, id);
CREATE INDEX tickets_requester ON tickets (requester_id, id) WHERE requester_id IS NOT NULL;
CREATE INDEX tickets_department ON tickets (department_id, id) WHERE department_id IS NOT NULL;
CREATE INDEX tickets_department_open ON tickets (department_id, is_open, id) WHERE department_id IS NOT NULL;
CREATE INDEX tickets_assignee ON tickets (assignee_id, id) WHERE assignee_id IS NOT NULL;
CREATE INDEX tickets_assignee_open ON tickets (assignee_id, is_open, id) WHERE assignee_id IS NOT NULL;
CREATE INDEX tickets_equipment ON tickets (equipment_id, is_open, id) WHERE equipment_id IS NOT NULL;
CREATE INDEX tickets_location ON tickets (location_id, is_open, id) WHERE location_id IS NOT NULL;
CREATE INDEX tickets_shop ON tickets (shop_id, id) WHERE shop_id IS NOT NULL;
CREATE INDEX tickets_shop_open ON tickets (shop_id, is_open, id) WHERE shop_id IS NOT NULL;
CREATE INDEX tickets_contact ON tickets (contact_phone_index, id) WHERE contact_phone_index IS NOT NULL;
CREATE INDEX ticket_events_ticket ON ticket_events (ticket_id, id);
CREATE INDEX ticket_hops_ticket ON ticket_hops (ticket_id, id);
CREATE INDEX ticket_hops_department ON ticket_hops (to_department_id, ticket_id);
CREATE INDEX ticket_followers_user ON ticket_followers (user_id, ticket_id);
CREATE INDEX ticket_attachments_attachment ON ticket_attachments (attachment_id);
CREATE INDEX notices_recipient ON notices (recipient_id, id) WHERE recipient_id IS NOT NULL;
CREATE INDEX notices_site ON notices (site_id, recipient_role, id) WHERE recipient_role IS NOT NULL;
CREATE INDEX notices_department ON notices (department_id, id) WHERE department_id IS NOT NULL;
CREATE INDEX jobs_due ON jobs (dead_at, run_at);
