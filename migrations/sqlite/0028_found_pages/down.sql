DROP TABLE found_pages;
