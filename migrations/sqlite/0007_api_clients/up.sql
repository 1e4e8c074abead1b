-- Third-party systems: what they sign in with, and what each sign-in of theirs may do.
-- The same tables, in the same column order, stand in the other database's folder.

CREATE TABLE api_clients (
    user_id BLOB NOT NULL REFERENCES users (id),
    secret_hash BLOB NOT NULL,
    scopes TEXT NOT NULL,
    rotated_at INTEGER,
    PRIMARY KEY (user_id)
) WITHOUT ROWID;

ALTER TABLE sessions ADD COLUMN scopes TEXT;

CREATE INDEX tickets_filed_by_client ON tickets (filed_by_id, id) WHERE channel = 'api';
