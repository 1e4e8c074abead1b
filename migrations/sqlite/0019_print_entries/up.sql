-- What is compared of an item lies in one column, with its length before it, as on PostgreSQL.

UPDATE found_prints SET print = unhex(printf('%04x', 17 + length(print))
    || CASE shown WHEN 'described' THEN '00' WHEN 'bare' THEN '01' ELSE '02' END
    || hex(item_id) || hex(print));
ALTER TABLE found_prints DROP COLUMN shown;
