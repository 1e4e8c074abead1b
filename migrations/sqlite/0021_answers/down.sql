-- Counted anew, they are right for the version before as well.
SELECT 1;
