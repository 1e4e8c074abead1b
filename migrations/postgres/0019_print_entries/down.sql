ALTER TABLE found_prints ADD COLUMN shown text;
UPDATE found_prints SET shown = (ARRAY['described', 'bare', 'hidden'])[get_byte(print, 2) + 1], print = substr(print, 20);
ALTER TABLE found_prints ALTER COLUMN shown SET NOT NULL;
