DROP INDEX tickets_place_category;
ALTER TABLE categories DROP COLUMN retired_at;
ALTER TABLE categories DROP COLUMN follow_up_percent;
ALTER TABLE categories DROP COLUMN follow_up;
DROP TABLE ticket_repeats;
DROP TABLE surveys;
DROP TABLE follow_up_attempts;
DROP TABLE follow_ups;
DROP TABLE complaints;
