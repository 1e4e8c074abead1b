DROP TABLE tightenings;
ALTER TABLE clocks DROP COLUMN tightened_at;
ALTER TABLE departments DROP COLUMN tightened_since;
