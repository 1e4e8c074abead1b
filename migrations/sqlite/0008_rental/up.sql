-- Lending: types of things, stations, single units, who has what, what it costs, and what cabinets report.
-- The same tables, in the same column order, stand in the other database's folder.

CREATE TABLE rental_types (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    policy TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    retired_at INTEGER,
    PRIMARY KEY (id),
    UNIQUE (site_id, code)
);

CREATE TABLE stations (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    location_id BLOB NOT NULL REFERENCES locations (id),
    calendar_id BLOB REFERENCES calendars (id),
    slots INTEGER,
    latitude_e6 INTEGER,
    longitude_e6 INTEGER,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    retired_at INTEGER,
    PRIMARY KEY (id),
    UNIQUE (site_id, code)
);

CREATE TABLE station_types (
    station_id BLOB NOT NULL REFERENCES stations (id),
    type_id BLOB NOT NULL REFERENCES rental_types (id),
    restock_below INTEGER,
    collect_above INTEGER,
    PRIMARY KEY (station_id, type_id)
) WITHOUT ROWID;

CREATE TABLE rental_units (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    type_id BLOB NOT NULL REFERENCES rental_types (id),
    code TEXT NOT NULL,
    status TEXT NOT NULL,
    station_id BLOB REFERENCES stations (id),
    battery_percent INTEGER,
    battery_at INTEGER,
    fault TEXT,
    fault_at INTEGER,
    placed_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (site_id, code)
);

CREATE TABLE rentals (
    id BLOB NOT NULL,
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    site_id BLOB NOT NULL REFERENCES sites (id),
    unit_id BLOB NOT NULL REFERENCES rental_units (id),
    type_id BLOB NOT NULL REFERENCES rental_types (id),
    status TEXT NOT NULL,
    borrower_id BLOB REFERENCES users (id),
    lent_by_id BLOB REFERENCES users (id),
    contact_name TEXT,
    contact_phone_sealed BLOB,
    contact_phone_index BLOB,
    contact_phone_masked TEXT,
    adult_name TEXT,
    adult_phone_sealed BLOB,
    adult_phone_masked TEXT,
    policy TEXT NOT NULL,
    from_station_id BLOB NOT NULL REFERENCES stations (id),
    to_station_id BLOB REFERENCES stations (id),
    reserved_until INTEGER,
    started_at INTEGER,
    due_at INTEGER,
    extended_at INTEGER,
    returned_at INTEGER,
    returned_by TEXT,
    fee_fen INTEGER NOT NULL,
    charged_fen INTEGER NOT NULL,
    paid_fen INTEGER NOT NULL,
    deposit_fen INTEGER NOT NULL,
    open_reports INTEGER NOT NULL,
    settled_at INTEGER,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    UNIQUE (id)
);

CREATE TABLE rental_entries (
    id BLOB NOT NULL,
    rental_id BLOB NOT NULL REFERENCES rentals (id),
    kind TEXT NOT NULL,
    amount_fen INTEGER NOT NULL,
    note TEXT,
    actor_id BLOB REFERENCES users (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE rental_reports (
    id BLOB NOT NULL,
    rental_id BLOB NOT NULL REFERENCES rentals (id),
    kind TEXT NOT NULL,
    note TEXT,
    actor_id BLOB REFERENCES users (id),
    proposed_fen INTEGER NOT NULL,
    decided_fen INTEGER,
    decided_by_id BLOB REFERENCES users (id),
    decided_at INTEGER,
    decision_reason TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE rental_report_photos (
    report_id BLOB NOT NULL REFERENCES rental_reports (id),
    attachment_id BLOB NOT NULL REFERENCES attachments (id),
    PRIMARY KEY (report_id, attachment_id)
) WITHOUT ROWID;

CREATE TABLE rental_events (
    id BLOB NOT NULL,
    unit_id BLOB NOT NULL REFERENCES rental_units (id),
    rental_id BLOB,
    action TEXT NOT NULL,
    station_id BLOB REFERENCES stations (id),
    actor_id BLOB REFERENCES users (id),
    reason TEXT,
    device_at INTEGER,
    at INTEGER NOT NULL,
    PRIMARY KEY (unit_id, id)
) WITHOUT ROWID;

CREATE TABLE device_reports (
    client_id BLOB NOT NULL REFERENCES users (id),
    report_id TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    outcome TEXT NOT NULL,
    device_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (client_id, report_id)
) WITHOUT ROWID;

CREATE TABLE rental_suspensions (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    reason TEXT NOT NULL,
    until INTEGER,
    created_by_id BLOB NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    lifted_at INTEGER,
    lifted_by_id BLOB REFERENCES users (id),
    PRIMARY KEY (id)
);

CREATE TABLE stock_takes (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    station_id BLOB NOT NULL REFERENCES stations (id),
    actor_id BLOB NOT NULL REFERENCES users (id),
    expected INTEGER NOT NULL,
    counted INTEGER NOT NULL,
    missing TEXT NOT NULL,
    unexpected TEXT NOT NULL,
    is_applied INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE payscore_orders (
    rental_id BLOB NOT NULL REFERENCES rentals (id),
    out_order_no TEXT NOT NULL,
    state TEXT NOT NULL,
    package_sealed BLOB,
    total_fen INTEGER,
    transaction_id TEXT,
    refund_fen INTEGER NOT NULL,
    refund_pending_fen INTEGER NOT NULL,
    polls INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (rental_id),
    UNIQUE (out_order_no)
) WITHOUT ROWID;

ALTER TABLE scan_codes ADD COLUMN station_id BLOB REFERENCES stations (id);
ALTER TABLE scan_codes ADD COLUMN rental_unit_id BLOB REFERENCES rental_units (id);

CREATE INDEX scan_codes_station ON scan_codes (station_id) WHERE station_id IS NOT NULL;
CREATE INDEX scan_codes_rental_unit ON scan_codes (rental_unit_id) WHERE rental_unit_id IS NOT NULL;
CREATE INDEX rental_units_at ON rental_units (station_id, type_id, status, battery_percent, id);
CREATE INDEX rental_units_site ON rental_units (site_id, type_id, status, station_id);
CREATE UNIQUE INDEX rentals_one_open_per_unit ON rentals (unit_id) WHERE ended_at IS NULL;
CREATE INDEX rentals_site ON rentals (site_id, id);
CREATE INDEX rentals_site_status ON rentals (site_id, status, id);
CREATE INDEX rentals_borrower ON rentals (borrower_id, id);
CREATE INDEX rentals_unsettled_borrower ON rentals (borrower_id) WHERE settled_at IS NULL;
CREATE INDEX rentals_unsettled_phone ON rentals (contact_phone_index) WHERE settled_at IS NULL AND borrower_id IS NULL;
CREATE INDEX rentals_to_forget ON rentals (settled_at) WHERE contact_name IS NOT NULL OR adult_name IS NOT NULL;
CREATE INDEX rentals_lost_unit ON rentals (unit_id, id) WHERE status = 'lost';
CREATE INDEX rental_entries_rental ON rental_entries (rental_id, id);
CREATE INDEX rental_reports_rental ON rental_reports (rental_id, id);
CREATE INDEX device_reports_received ON device_reports (received_at);
CREATE INDEX rental_suspensions_user ON rental_suspensions (user_id, site_id) WHERE lifted_at IS NULL;
CREATE INDEX rental_suspensions_site ON rental_suspensions (site_id, id) WHERE lifted_at IS NULL;
CREATE INDEX stock_takes_station ON stock_takes (station_id, id);
