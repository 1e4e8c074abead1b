-- Who writes is alone here, and counts with a statement: only the other database needs a function that waits first.
SELECT 1;
