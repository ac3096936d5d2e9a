-- When the bus reaches its last stop: from departs_at until then it is on the way.
ALTER TABLE routes ADD COLUMN arrives_at INTEGER NOT NULL DEFAULT 0;
UPDATE routes SET arrives_at = ifnull(
    (SELECT max(time) FROM stops WHERE stops.route_id = routes.id), departs_at);

-- A bus's longest journey says how far back a departure may lie that is still on the way.
CREATE INDEX routes_by_bus_and_length ON routes (bus_id, arrives_at - departs_at);
