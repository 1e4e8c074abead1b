ALTER TABLE categories DROP COLUMN version;
ALTER TABLE departments DROP COLUMN version;
