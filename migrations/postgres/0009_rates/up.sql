-- Rates: what each ticket counts for, sums of it kept with the writes, and which tickets have changed since they were
-- last counted. The same tables, in the same column order, stand in the other database's folder.

CREATE TABLE rate_changes (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket_id UUID NOT NULL
);

CREATE TABLE rate_facts (
    ticket_id UUID NOT NULL REFERENCES tickets (id),
    part INTEGER NOT NULL,
    kind TEXT NOT NULL,
    place UUID NOT NULL,
    site_id UUID NOT NULL REFERENCES sites (id),
    day TEXT NOT NULL,
    hour INTEGER NOT NULL,
    ticket_kind TEXT NOT NULL,
    category_id UUID,
    severity TEXT NOT NULL,
    department_id UUID,
    person_id UUID,
    shop_id UUID,
    location_id UUID,
    reason TEXT,
    numerator_of INTEGER NOT NULL,
    denominator_of INTEGER NOT NULL,
    pending_of INTEGER NOT NULL,
    missed_of INTEGER NOT NULL,
    excluded_of INTEGER NOT NULL,
    counts JSONB NOT NULL,
    changes_at TIMESTAMPTZ,
    PRIMARY KEY (ticket_id, part)
);

CREATE TABLE rate_rollups (
    site_id UUID NOT NULL REFERENCES sites (id),
    grain TEXT NOT NULL,
    dimension TEXT NOT NULL,
    first_day TEXT NOT NULL,
    key TEXT NOT NULL,
    ticket_kind TEXT NOT NULL,
    counts JSONB NOT NULL,
    PRIMARY KEY (site_id, grain, dimension, first_day, key, ticket_kind)
);

CREATE TABLE rate_targets (
    site_id UUID NOT NULL REFERENCES sites (id),
    version INTEGER NOT NULL,
    targets JSONB NOT NULL,
    reason TEXT NOT NULL,
    created_by_id UUID NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (site_id, version)
);

CREATE INDEX rate_rollups_key ON rate_rollups (site_id, grain, dimension, key, first_day);
CREATE INDEX rate_facts_site ON rate_facts (site_id, place);
CREATE INDEX rate_facts_missed ON rate_facts (site_id, place) WHERE missed_of <> 0;
CREATE INDEX rate_facts_shop ON rate_facts (shop_id, place) WHERE shop_id IS NOT NULL;
CREATE INDEX rate_facts_person ON rate_facts (person_id, place) WHERE person_id IS NOT NULL;
CREATE INDEX rate_facts_department ON rate_facts (department_id, place) WHERE department_id IS NOT NULL;
CREATE INDEX rate_facts_category ON rate_facts (category_id, place) WHERE category_id IS NOT NULL;
CREATE INDEX rate_facts_changes ON rate_facts (changes_at) WHERE changes_at IS NOT NULL;

-- Whoever changes what a rate counts, by whichever way, leaves a mark in the same transaction.
CREATE FUNCTION mark_rate_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    CASE TG_ARGV[0]
        WHEN 'ticket' THEN INSERT INTO rate_changes (ticket_id) VALUES (NEW.id);
        WHEN 'part' THEN INSERT INTO rate_changes (ticket_id) VALUES (NEW.ticket_id);
        WHEN 'repeat' THEN INSERT INTO rate_changes (ticket_id) VALUES (NEW.earlier_id);
        ELSE INSERT INTO rate_changes (ticket_id) VALUES (OLD.earlier_id);
    END CASE;
    RETURN NULL;
END $$;
CREATE TRIGGER rates_ticket AFTER INSERT OR UPDATE ON tickets
FOR EACH ROW EXECUTE FUNCTION mark_rate_change('ticket');
CREATE TRIGGER rates_clock AFTER UPDATE OF is_excused, due_at, phase ON clocks
FOR EACH ROW WHEN (NEW.is_excused <> OLD.is_excused OR NEW.due_at IS DISTINCT FROM OLD.due_at OR NEW.phase <> OLD.phase)
EXECUTE FUNCTION mark_rate_change('part');
CREATE TRIGGER rates_follow_up AFTER INSERT OR UPDATE ON follow_ups
FOR EACH ROW EXECUTE FUNCTION mark_rate_change('part');
CREATE TRIGGER rates_survey AFTER INSERT ON surveys
FOR EACH ROW EXECUTE FUNCTION mark_rate_change('part');
CREATE TRIGGER rates_repeat AFTER INSERT OR UPDATE ON ticket_repeats
FOR EACH ROW EXECUTE FUNCTION mark_rate_change('repeat');
CREATE TRIGGER rates_no_repeat AFTER DELETE ON ticket_repeats
FOR EACH ROW EXECUTE FUNCTION mark_rate_change('no_repeat');

INSERT INTO rate_changes (ticket_id) SELECT id FROM tickets ORDER BY id;
