-- Some categories are about how somebody behaved: what falls there is ended by nobody alone. The same column stands in the
-- other database's folder.

ALTER TABLE categories ADD COLUMN is_conduct INTEGER NOT NULL DEFAULT 0;

UPDATE categories SET is_conduct = 1 WHERE kind = 'complaint' AND code = 'complaint-attitude';
