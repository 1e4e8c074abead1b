DROP FUNCTION enter_station;
