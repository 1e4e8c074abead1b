-- Who looked at the full number of whoever lost, found or claimed something. The same table, in the same column order,
-- stands in the other database's folder.
CREATE TABLE contact_views (
    id uuid NOT NULL,
    site_id uuid NOT NULL REFERENCES sites (id),
    subject text NOT NULL,
    subject_id uuid NOT NULL,
    number text NOT NULL,
    viewer_id uuid NOT NULL REFERENCES users (id),
    at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX contact_views_site ON contact_views (site_id, id);
CREATE INDEX contact_views_at ON contact_views (at);
