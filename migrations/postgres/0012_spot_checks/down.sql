DROP TABLE spot_check_results;
DROP TABLE spot_check_tickets;
DROP TABLE spot_checks;
DROP TABLE spot_checklists;
