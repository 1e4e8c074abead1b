-- Rates: what each ticket counts for, sums of it kept with the writes, and which tickets have changed since they were
-- last counted. The same tables, in the same column order, stand in the other database's folder.

CREATE TABLE rate_changes (
    seq INTEGER PRIMARY KEY,
    ticket_id BLOB NOT NULL
);

CREATE TABLE rate_facts (
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    part INTEGER NOT NULL,
    kind TEXT NOT NULL,
    place BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    day TEXT NOT NULL,
    hour INTEGER NOT NULL,
    ticket_kind TEXT NOT NULL,
    category_id BLOB,
    severity TEXT NOT NULL,
    department_id BLOB,
    person_id BLOB,
    shop_id BLOB,
    location_id BLOB,
    reason TEXT,
    numerator_of INTEGER NOT NULL,
    denominator_of INTEGER NOT NULL,
    pending_of INTEGER NOT NULL,
    missed_of INTEGER NOT NULL,
    excluded_of INTEGER NOT NULL,
    counts TEXT NOT NULL,
    changes_at INTEGER,
    PRIMARY KEY (ticket_id, part)
) WITHOUT ROWID;

CREATE TABLE rate_rollups (
    site_id BLOB NOT NULL REFERENCES sites (id),
    grain TEXT NOT NULL,
    dimension TEXT NOT NULL,
    first_day TEXT NOT NULL,
    key TEXT NOT NULL,
    ticket_kind TEXT NOT NULL,
    counts TEXT NOT NULL,
    PRIMARY KEY (site_id, grain, dimension, first_day, key, ticket_kind)
) WITHOUT ROWID;

CREATE TABLE rate_targets (
    site_id BLOB NOT NULL REFERENCES sites (id),
    version INTEGER NOT NULL,
    targets TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_by_id BLOB NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, version)
) WITHOUT ROWID;

CREATE INDEX rate_rollups_key ON rate_rollups (site_id, grain, dimension, key, first_day);
CREATE INDEX rate_facts_site ON rate_facts (site_id, place);
CREATE INDEX rate_facts_missed ON rate_facts (site_id, place) WHERE missed_of <> 0;
CREATE INDEX rate_facts_shop ON rate_facts (shop_id, place) WHERE shop_id IS NOT NULL;
CREATE INDEX rate_facts_person ON rate_facts (person_id, place) WHERE person_id IS NOT NULL;
CREATE INDEX rate_facts_department ON rate_facts (department_id, place) WHERE department_id IS NOT NULL;
CREATE INDEX rate_facts_category ON rate_facts (category_id, place) WHERE category_id IS NOT NULL;
CREATE INDEX rate_facts_changes ON rate_facts (changes_at) WHERE changes_at IS NOT NULL;

-- Whoever changes what a rate counts, by whichever way, leaves a mark in the same transaction.
CREATE TRIGGER rates_new_ticket AFTER INSERT ON tickets
BEGIN INSERT INTO rate_changes (ticket_id) VALUES (NEW.id); END;
CREATE TRIGGER rates_ticket AFTER UPDATE ON tickets
BEGIN INSERT INTO rate_changes (ticket_id) VALUES (NEW.id); END;
CREATE TRIGGER rates_clock AFTER UPDATE OF is_excused, due_at, phase ON clocks
WHEN NEW.is_excused <> OLD.is_excused OR NEW.due_at IS NOT OLD.due_at OR NEW.phase <> OLD.phase
BEGIN INSERT INTO rate_changes (ticket_id) VALUES (NEW.ticket_id); END;
CREATE TRIGGER rates_new_follow_up AFTER INSERT ON follow_ups
BEGIN INSERT INTO rate_changes (ticket_id) VALUES (NEW.ticket_id); END;
CREATE TRIGGER rates_follow_up AFTER UPDATE ON follow_ups
BEGIN INSERT INTO rate_changes (ticket_id) VALUES (NEW.ticket_id); END;
CREATE TRIGGER rates_new_survey AFTER INSERT ON surveys
BEGIN INSERT INTO rate_changes (ticket_id) VALUES (NEW.ticket_id); END;
CREATE TRIGGER rates_new_repeat AFTER INSERT ON ticket_repeats
BEGIN INSERT INTO rate_changes (ticket_id) VALUES (NEW.earlier_id); END;
CREATE TRIGGER rates_repeat AFTER UPDATE ON ticket_repeats
BEGIN INSERT INTO rate_changes (ticket_id) VALUES (NEW.earlier_id); END;
CREATE TRIGGER rates_no_repeat AFTER DELETE ON ticket_repeats
BEGIN INSERT INTO rate_changes (ticket_id) VALUES (OLD.earlier_id); END;

INSERT INTO rate_changes (ticket_id) SELECT id FROM tickets ORDER BY id;
