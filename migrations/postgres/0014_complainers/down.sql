DROP INDEX tickets_complainer;
DROP INDEX tickets_complainer_phone;
