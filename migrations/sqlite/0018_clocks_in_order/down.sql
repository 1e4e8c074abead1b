DROP INDEX clocks_next;
CREATE INDEX clocks_next ON clocks (next_at) WHERE next_at IS NOT NULL;
