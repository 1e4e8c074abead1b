ALTER TABLE claims DROP COLUMN wrong_codes;
ALTER TABLE found_items DROP COLUMN words_by_desk;
