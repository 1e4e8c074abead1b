-- Complaints in a closed loop: what a complaint has beyond its ticket, follow-ups, surveys, and what is like what.
-- The same tables, in the same column order, stand in the other database's folder.

CREATE TABLE complaints (
    ticket_id uuid NOT NULL REFERENCES tickets (id),
    site_id uuid NOT NULL REFERENCES sites (id),
    grade text NOT NULL,
    proposed_grade text,
    proposed_because jsonb,
    graded_by_id uuid REFERENCES users (id),
    graded_at timestamptz,
    occurred_at timestamptz,
    about_department_id uuid REFERENCES departments (id),
    about_staff_id uuid REFERENCES users (id),
    is_media_risk boolean NOT NULL,
    facts text,
    cause text,
    responsibility text,
    measures text,
    investigated_by_id uuid REFERENCES users (id),
    investigated_at timestamptz,
    offer text,
    offered_at timestamptz,
    is_agreed boolean,
    outcome text,
    compensation_fen bigint,
    approved_by_id uuid REFERENCES users (id),
    concluded_at timestamptz,
    regulator_name text,
    regulator_reference text,
    external_due_at timestamptz,
    is_external_due_provisional boolean NOT NULL,
    PRIMARY KEY (ticket_id)
);

CREATE TABLE follow_ups (
    id uuid NOT NULL,
    ticket_id uuid NOT NULL REFERENCES tickets (id),
    site_id uuid NOT NULL REFERENCES sites (id),
    episode integer NOT NULL,
    is_second boolean NOT NULL,
    cause text NOT NULL,
    status text NOT NULL,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    result text,
    attitude integer,
    speed integer,
    solution integer,
    overall integer,
    comment text,
    done_by_id uuid REFERENCES users (id),
    done_at timestamptz,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE follow_up_attempts (
    id uuid NOT NULL,
    follow_up_id uuid NOT NULL REFERENCES follow_ups (id),
    at timestamptz NOT NULL,
    by_id uuid NOT NULL REFERENCES users (id),
    by_name text NOT NULL,
    way text NOT NULL,
    is_reached boolean NOT NULL,
    note text,
    PRIMARY KEY (id)
);

CREATE TABLE surveys (
    token_hash bytea NOT NULL,
    ticket_id uuid NOT NULL REFERENCES tickets (id),
    episode integer NOT NULL,
    issued_by_id uuid NOT NULL REFERENCES users (id),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (token_hash)
);

CREATE TABLE ticket_repeats (
    ticket_id uuid NOT NULL REFERENCES tickets (id),
    earlier_id uuid NOT NULL REFERENCES tickets (id),
    site_id uuid NOT NULL REFERENCES sites (id),
    kind text NOT NULL,
    because text NOT NULL,
    status text NOT NULL,
    decided_by_id uuid REFERENCES users (id),
    decided_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (ticket_id, earlier_id)
);

ALTER TABLE categories ADD COLUMN follow_up text;
ALTER TABLE categories ADD COLUMN follow_up_percent integer;
ALTER TABLE categories ADD COLUMN retired_at timestamptz;

CREATE INDEX follow_ups_ticket ON follow_ups (ticket_id, id);
CREATE UNIQUE INDEX follow_ups_one_open ON follow_ups (ticket_id, is_second) WHERE status = 'open';
CREATE INDEX follow_ups_status ON follow_ups (status, id);
CREATE INDEX follow_ups_site ON follow_ups (site_id, id);
CREATE INDEX follow_ups_site_open ON follow_ups (site_id, status, id);
CREATE INDEX follow_up_attempts_follow_up ON follow_up_attempts (follow_up_id, id);
CREATE INDEX ticket_repeats_earlier ON ticket_repeats (earlier_id, status);
CREATE INDEX surveys_expiry ON surveys (expires_at);
CREATE INDEX tickets_place_category ON tickets (location_id, category_id, id) WHERE category_id IS NOT NULL;
