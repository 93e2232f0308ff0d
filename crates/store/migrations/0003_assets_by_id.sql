-- An asset's history asks for it by id alone, and the estate is read in this order.

CREATE INDEX assets_by_id ON assets (id, last_seen);
