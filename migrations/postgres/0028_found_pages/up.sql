-- What is compared of the items of a category that were found within half a day, one behind the other: a row for each item
-- costs more to read and send than to compare. Half a day of a busy mall fits into one page of the disk; a larger one is
-- read from elsewhere. Words are kept as hashes, so there is nothing to compress.

CREATE TABLE found_pages (
    site_id uuid NOT NULL REFERENCES sites (id),
    category integer NOT NULL,
    half_day integer NOT NULL,
    prints bytea NOT NULL,
    PRIMARY KEY (site_id, category, half_day)
) WITH (toast_tuple_target = 8160);
ALTER TABLE found_pages ALTER COLUMN prints SET STORAGE EXTERNAL;
INSERT INTO found_pages
    SELECT site_id, category, floor(extract(epoch FROM found_at) / 43200), string_agg(print, '' ORDER BY found_at)
    FROM found_prints GROUP BY 1, 2, 3;
