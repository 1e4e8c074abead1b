DROP INDEX tickets_filed_by_client;
ALTER TABLE sessions DROP COLUMN scopes;
DROP TABLE api_clients;
