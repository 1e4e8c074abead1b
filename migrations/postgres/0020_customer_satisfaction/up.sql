-- What shoppers alone said is a rate of its own: what was rated (512 is the place of that rate), or is left out of all rates,
-- is counted anew.

INSERT INTO rate_changes (ticket_id)
SELECT ticket_id FROM rate_facts WHERE kind = 'ticket' AND (denominator_of & 512 <> 0 OR excluded_of <> 0);
