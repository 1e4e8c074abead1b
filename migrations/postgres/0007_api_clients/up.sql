-- Third-party systems: what they sign in with, and what each sign-in of theirs may do.
-- The same tables, in the same column order, stand in the other database's folder.

CREATE TABLE api_clients (
    user_id uuid NOT NULL REFERENCES users (id),
    secret_hash bytea NOT NULL,
    scopes text NOT NULL,
    rotated_at timestamptz,
    PRIMARY KEY (user_id)
);

ALTER TABLE sessions ADD COLUMN scopes text;

CREATE INDEX tickets_filed_by_client ON tickets (filed_by_id, id) WHERE channel = 'api';
