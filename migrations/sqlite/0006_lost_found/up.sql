-- Lost and found: what was found, what was lost, who claims it, every hand it went through, and how long it is kept.
-- The same tables, in the same column order, stand in the other database's folder.

CREATE TABLE retention_profiles (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    version INTEGER NOT NULL,
    rules TEXT NOT NULL,
    reason TEXT,
    created_by_id BLOB REFERENCES users (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (site_id, version)
);

CREATE TABLE police_handovers (
    id BLOB NOT NULL,
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    site_id BLOB NOT NULL REFERENCES sites (id),
    station TEXT NOT NULL,
    officer TEXT NOT NULL,
    reference TEXT,
    handed_by_id BLOB NOT NULL REFERENCES users (id),
    handed_by_name TEXT NOT NULL,
    witness_name TEXT,
    items INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (id)
);

CREATE TABLE found_items (
    id BLOB NOT NULL,
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    site_id BLOB NOT NULL REFERENCES sites (id),
    status TEXT NOT NULL,
    category INTEGER NOT NULL,
    colours INTEGER NOT NULL,
    brand TEXT,
    description TEXT NOT NULL,
    value_class TEXT NOT NULL,
    cash_fen INTEGER,
    found_at INTEGER NOT NULL,
    location_id BLOB NOT NULL REFERENCES locations (id),
    place_note TEXT,
    finder_id BLOB REFERENCES users (id),
    finder_name TEXT,
    finder_phone_sealed BLOB,
    finder_phone_masked TEXT,
    registered_by_id BLOB REFERENCES users (id),
    storage_place TEXT,
    seal_number TEXT,
    owner_id BLOB REFERENCES users (id),
    kept_since INTEGER,
    keep_until INTEGER,
    is_keep_until_provisional INTEGER NOT NULL,
    police_handover_id BLOB REFERENCES police_handovers (id),
    wrong_answers INTEGER NOT NULL,
    photos INTEGER NOT NULL,
    custody_entries INTEGER NOT NULL,
    custody_head BLOB NOT NULL,
    custody_seal BLOB NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    forgotten_at INTEGER,
    UNIQUE (id)
);

CREATE TABLE found_marks (
    id BLOB NOT NULL,
    item_id BLOB NOT NULL REFERENCES found_items (id),
    question TEXT NOT NULL,
    answers_sealed BLOB NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE found_photos (
    item_id BLOB NOT NULL REFERENCES found_items (id),
    attachment_id BLOB NOT NULL REFERENCES attachments (id),
    is_public INTEGER NOT NULL,
    PRIMARY KEY (item_id, attachment_id)
);

CREATE TABLE found_prints (
    site_id BLOB NOT NULL REFERENCES sites (id),
    category INTEGER NOT NULL,
    found_at INTEGER NOT NULL,
    item_id BLOB NOT NULL REFERENCES found_items (id),
    shown TEXT NOT NULL,
    print BLOB NOT NULL,
    PRIMARY KEY (site_id, category, found_at, item_id)
) WITHOUT ROWID;

CREATE TABLE lost_reports (
    id BLOB NOT NULL,
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    site_id BLOB NOT NULL REFERENCES sites (id),
    status TEXT NOT NULL,
    channel TEXT NOT NULL,
    reporter_id BLOB REFERENCES users (id),
    filed_by_id BLOB REFERENCES users (id),
    contact_name TEXT,
    contact_phone_sealed BLOB,
    contact_phone_masked TEXT,
    category INTEGER NOT NULL,
    colours INTEGER NOT NULL,
    brand TEXT,
    description TEXT NOT NULL,
    marks_sealed BLOB,
    lost_from INTEGER NOT NULL,
    lost_until INTEGER NOT NULL,
    photos INTEGER NOT NULL,
    item_id BLOB REFERENCES found_items (id),
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    erased_at INTEGER,
    UNIQUE (id)
);

CREATE TABLE lost_report_places (
    report_id BLOB NOT NULL REFERENCES lost_reports (id),
    location_id BLOB NOT NULL REFERENCES locations (id),
    PRIMARY KEY (report_id, location_id)
) WITHOUT ROWID;

CREATE TABLE lost_report_photos (
    report_id BLOB NOT NULL REFERENCES lost_reports (id),
    attachment_id BLOB NOT NULL REFERENCES attachments (id),
    PRIMARY KEY (report_id, attachment_id)
) WITHOUT ROWID;

CREATE TABLE lost_prints (
    site_id BLOB NOT NULL REFERENCES sites (id),
    category INTEGER NOT NULL,
    lost_from INTEGER NOT NULL,
    report_id BLOB NOT NULL REFERENCES lost_reports (id),
    print BLOB NOT NULL,
    PRIMARY KEY (site_id, category, lost_from, report_id)
) WITHOUT ROWID;

CREATE TABLE matches (
    report_id BLOB NOT NULL REFERENCES lost_reports (id),
    item_id BLOB NOT NULL REFERENCES found_items (id),
    score INTEGER NOT NULL,
    is_likely INTEGER NOT NULL,
    parts TEXT NOT NULL,
    told_at INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (report_id, item_id)
) WITHOUT ROWID;

CREATE TABLE claims (
    id BLOB NOT NULL,
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    site_id BLOB NOT NULL REFERENCES sites (id),
    item_id BLOB NOT NULL REFERENCES found_items (id),
    report_id BLOB REFERENCES lost_reports (id),
    status TEXT NOT NULL,
    channel TEXT NOT NULL,
    claimant_id BLOB REFERENCES users (id),
    filed_by_id BLOB REFERENCES users (id),
    contact_name TEXT,
    contact_phone_sealed BLOB,
    contact_phone_masked TEXT,
    statement TEXT,
    verdict TEXT,
    tries INTEGER NOT NULL,
    next_try_at INTEGER,
    asked TEXT,
    decided_by_id BLOB REFERENCES users (id),
    decided_at INTEGER,
    reason TEXT,
    code_hash BLOB,
    code_expires_at INTEGER,
    way TEXT,
    identity_kind TEXT,
    identity_last4 TEXT,
    proof TEXT,
    signature_id BLOB REFERENCES attachments (id),
    carrier TEXT,
    tracking_number TEXT,
    fee_fen INTEGER,
    address_sealed BLOB,
    handed_by_id BLOB REFERENCES users (id),
    handed_by_name TEXT,
    handed_at INTEGER,
    witness_id BLOB REFERENCES users (id),
    witness_name TEXT,
    witnessed_at INTEGER,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    erased_at INTEGER,
    UNIQUE (id)
);

CREATE TABLE claim_answers (
    id BLOB NOT NULL,
    claim_id BLOB NOT NULL REFERENCES claims (id),
    at INTEGER NOT NULL,
    answers_sealed BLOB NOT NULL,
    verdict TEXT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE custody_entries (
    item_id BLOB NOT NULL REFERENCES found_items (id),
    position INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor_id BLOB REFERENCES users (id),
    actor_name TEXT NOT NULL,
    witness_name TEXT,
    place TEXT,
    detail TEXT NOT NULL,
    previous_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (item_id, position)
) WITHOUT ROWID;

CREATE TABLE disposals (
    id BLOB NOT NULL,
    item_id BLOB NOT NULL REFERENCES found_items (id),
    site_id BLOB NOT NULL REFERENCES sites (id),
    status TEXT NOT NULL,
    method TEXT NOT NULL,
    legal_basis TEXT NOT NULL,
    reason TEXT NOT NULL,
    proposed_by_id BLOB NOT NULL REFERENCES users (id),
    proposed_at INTEGER NOT NULL,
    decided_by_id BLOB REFERENCES users (id),
    decided_at INTEGER,
    decision_reason TEXT,
    PRIMARY KEY (id)
);

CREATE TABLE erasures (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    subject TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    number TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX found_items_site ON found_items (site_id, id);
CREATE INDEX found_items_site_status ON found_items (site_id, status, id);
CREATE INDEX found_items_finder ON found_items (finder_id, id) WHERE finder_id IS NOT NULL;
CREATE INDEX found_items_keep_until ON found_items (site_id, keep_until, id) WHERE ended_at IS NULL;
CREATE INDEX found_items_handover ON found_items (police_handover_id, id) WHERE police_handover_id IS NOT NULL;
CREATE INDEX found_items_to_forget ON found_items (ended_at) WHERE forgotten_at IS NULL;
CREATE INDEX found_marks_item ON found_marks (item_id, id);
CREATE INDEX lost_reports_site ON lost_reports (site_id, id);
CREATE INDEX lost_reports_site_status ON lost_reports (site_id, status, id);
CREATE INDEX lost_reports_reporter ON lost_reports (reporter_id, id) WHERE reporter_id IS NOT NULL;
CREATE INDEX lost_reports_open_since ON lost_reports (lost_until) WHERE ended_at IS NULL;
CREATE INDEX lost_reports_to_erase ON lost_reports (ended_at) WHERE erased_at IS NULL;
CREATE INDEX found_prints_item ON found_prints (item_id);
CREATE INDEX lost_prints_report ON lost_prints (report_id);
CREATE INDEX matches_item ON matches (item_id, score);
CREATE INDEX claims_site ON claims (site_id, id);
CREATE INDEX claims_site_status ON claims (site_id, status, id);
CREATE INDEX claims_item ON claims (item_id, id);
CREATE INDEX claims_claimant ON claims (claimant_id, id) WHERE claimant_id IS NOT NULL;
CREATE UNIQUE INDEX claims_one_winner ON claims (item_id) WHERE status IN ('approved', 'signed', 'fulfilled');
CREATE UNIQUE INDEX claims_one_open ON claims (item_id, claimant_id) WHERE status = 'open' AND claimant_id IS NOT NULL;
CREATE INDEX claims_to_erase ON claims (status, ended_at) WHERE erased_at IS NULL;
CREATE INDEX claim_answers_claim ON claim_answers (claim_id, id);
CREATE UNIQUE INDEX disposals_one_open ON disposals (item_id) WHERE status = 'proposed';
CREATE INDEX disposals_item ON disposals (item_id, id);
CREATE INDEX police_handovers_site ON police_handovers (site_id, id);
CREATE INDEX erasures_site ON erasures (site_id, id);
CREATE INDEX erasures_at ON erasures (at);

-- What is written in the log stays as it was written.
CREATE TRIGGER custody_entries_stay BEFORE UPDATE ON custody_entries
BEGIN SELECT RAISE(ABORT, 'the custody log is append-only'); END;
CREATE TRIGGER custody_entries_remain BEFORE DELETE ON custody_entries
BEGIN SELECT RAISE(ABORT, 'the custody log is append-only'); END;
CREATE TRIGGER custody_entries_once BEFORE INSERT ON custody_entries
WHEN EXISTS (SELECT 1 FROM custody_entries WHERE item_id = NEW.item_id AND position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'the custody log is append-only'); END;
