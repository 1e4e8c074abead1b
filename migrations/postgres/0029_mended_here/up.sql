-- A report looks for what was mended at its place a while ago: through those alone, and not through all that are open there.

CREATE INDEX tickets_mended_here ON tickets (location_id, category_id, id) WHERE kind = 'repair' AND status IN ('resolved', 'closed');
