ALTER TABLE found_prints ADD COLUMN shown TEXT NOT NULL DEFAULT 'described';
UPDATE found_prints SET shown = CASE hex(substr(print, 3, 1)) WHEN '00' THEN 'described' WHEN '01' THEN 'bare' ELSE 'hidden' END,
    print = substr(print, 20);
