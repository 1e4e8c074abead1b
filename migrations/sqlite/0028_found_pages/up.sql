-- What is compared of the items of a category that were found within half a day, one behind the other, as on PostgreSQL.

CREATE TABLE found_pages (
    site_id BLOB NOT NULL REFERENCES sites (id),
    category INTEGER NOT NULL,
    half_day INTEGER NOT NULL,
    prints BLOB NOT NULL,
    PRIMARY KEY (site_id, category, half_day)
) WITHOUT ROWID;
INSERT INTO found_pages
    SELECT site_id, category, found_at / 43200000000 AS half_day, CAST(group_concat(print, '') AS BLOB)
    FROM found_prints GROUP BY site_id, category, half_day;
