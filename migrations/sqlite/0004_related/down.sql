DROP INDEX tickets_parent;
ALTER TABLE tickets DROP COLUMN parent_id;
