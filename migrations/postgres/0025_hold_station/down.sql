DROP FUNCTION hold_station;
