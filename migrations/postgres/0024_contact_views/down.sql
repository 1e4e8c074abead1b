DROP TABLE contact_views;
