-- Reports that were published. The same tables, in the same column order, stand in the other database's folder.

CREATE TABLE report_publications (
    site_id UUID NOT NULL REFERENCES sites (id),
    kind TEXT NOT NULL,
    first_day TEXT NOT NULL,
    published_by_id UUID NOT NULL REFERENCES users (id),
    published_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (site_id, kind, first_day)
);
