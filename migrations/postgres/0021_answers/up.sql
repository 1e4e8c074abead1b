-- First answers and follow-ups count for whoever gave them, what was withdrawn counts by its kind, and the time of late
-- tickets is told apart: every ticket is counted anew.

INSERT INTO rate_changes (ticket_id) SELECT id FROM tickets ORDER BY id;
