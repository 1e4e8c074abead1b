DROP INDEX tickets_mended_here;
