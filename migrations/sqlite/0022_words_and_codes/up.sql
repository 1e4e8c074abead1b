-- Wrong pick-up codes are counted. What a visitor wrote of an item is public once the desk says so; what is kept already
-- was shown to anyone before. The same columns stand in the other database's folder.

ALTER TABLE claims ADD COLUMN wrong_codes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE found_items ADD COLUMN words_by_desk INTEGER NOT NULL DEFAULT 1;

UPDATE found_items SET words_by_desk = 0 WHERE status = 'announced' AND finder_id IS NOT NULL;
