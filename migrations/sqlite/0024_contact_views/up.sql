-- Who looked at the full number of whoever lost, found or claimed something. The same table, in the same column order,
-- stands in the other database's folder.
CREATE TABLE contact_views (
    id BLOB NOT NULL,
    site_id BLOB NOT NULL REFERENCES sites (id),
    subject TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    number TEXT NOT NULL,
    viewer_id BLOB NOT NULL REFERENCES users (id),
    at INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX contact_views_site ON contact_views (site_id, id);
CREATE INDEX contact_views_at ON contact_views (at);
