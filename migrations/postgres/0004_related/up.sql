-- Tickets about the same: `parent_id` is the incident a ticket is part of, or what it was merged into.

ALTER TABLE tickets ADD COLUMN parent_id uuid REFERENCES tickets (id);

CREATE INDEX tickets_parent ON tickets (parent_id, is_open, id) WHERE parent_id IS NOT NULL;
