ALTER TABLE categories DROP COLUMN is_conduct;
