-- Who else reported the same is asked with every report, and of one dark floor there are a hundred: what is asked of them
-- stands in the index, and no ticket that is closed (on SQLite: none at all) is looked up.
DROP INDEX tickets_place_category;
CREATE INDEX tickets_place_category ON tickets (location_id, category_id, id, is_open, parent_id, requester_id, contact_phone_masked) WHERE category_id IS NOT NULL;
