-- Rows lie in the order in which they come here anyway; the other database's folder has work to do.
SELECT 1;
