-- What somebody complained of before is looked for among their complaints alone, however much else they reported. The same
-- indexes stand in the other database's folder.

CREATE INDEX tickets_complainer ON tickets (requester_id, id) WHERE kind = 'complaint' AND requester_id IS NOT NULL;
CREATE INDEX tickets_complainer_phone ON tickets (contact_phone_index, id) WHERE kind = 'complaint' AND contact_phone_index IS NOT NULL;
