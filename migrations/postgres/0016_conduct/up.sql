-- Some categories are about how somebody behaved: what falls there is ended by nobody alone. The same column stands in the
-- other database's folder.

ALTER TABLE categories ADD COLUMN is_conduct boolean NOT NULL DEFAULT false;

UPDATE categories SET is_conduct = true WHERE kind = 'complaint' AND code = 'complaint-attitude';
