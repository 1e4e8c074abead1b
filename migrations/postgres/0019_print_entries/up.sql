-- What is compared of an item lies in one column, with its length before it: those of many items travel as one value.

UPDATE found_prints SET print = int2send((17 + length(print))::smallint)
    || CASE shown WHEN 'described' THEN '\x00'::bytea WHEN 'bare' THEN '\x01'::bytea ELSE '\x02'::bytea END
    || uuid_send(item_id) || print;
ALTER TABLE found_prints DROP COLUMN shown;
