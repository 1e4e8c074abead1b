DROP INDEX rate_facts_site_changes;
