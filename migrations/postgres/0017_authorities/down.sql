DROP INDEX complaints_regulator;
DROP TABLE legal_years;
ALTER TABLE complaints DROP COLUMN regulator_working_days;
ALTER TABLE complaints DROP COLUMN regulator_received_at;
