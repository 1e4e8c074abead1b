-- Answers are long: they are kept in the order in which they come and found by a narrow index. As rows of a tree in the
-- order of their keys, each wrote half a page somewhere in the file.

CREATE TABLE idempotency_rows (
    caller_id BLOB NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    status INTEGER NOT NULL,
    version INTEGER,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (caller_id, key)
);
INSERT INTO idempotency_rows SELECT * FROM idempotency_records ORDER BY created_at;
DROP TABLE idempotency_records;
ALTER TABLE idempotency_rows RENAME TO idempotency_records;
CREATE INDEX idempotency_records_created ON idempotency_records (created_at);
