DROP INDEX tickets_place_category;
CREATE INDEX tickets_place_category ON tickets (location_id, category_id, id) WHERE category_id IS NOT NULL;
