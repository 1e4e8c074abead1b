-- What came due at a site is found by itself, however many tickets the site has; and a late pause has a rate of its own,
-- so that what pauses count for is counted anew.

CREATE INDEX rate_facts_site_changes ON rate_facts (site_id, changes_at) WHERE changes_at IS NOT NULL;

INSERT INTO rate_changes (ticket_id) SELECT DISTINCT ticket_id FROM rate_facts WHERE kind = 'pause';
