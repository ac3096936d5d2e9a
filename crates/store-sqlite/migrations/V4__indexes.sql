-- Every list has an index that answers it in its own order, so that a page costs the same however much
-- is stored. `city_key` is a function of the connection that migrates, and stands in no index: a tool
-- that opens the file has no such function.
--
-- Tickets are listed newest first. Their ids are v7 UUIDs, so the order of ids is that order, and
-- every index ends with the id.

DROP INDEX tickets_by_route;
DROP INDEX tickets_by_user;
DROP INDEX tickets_by_issuer;

ALTER TABLE tickets ADD COLUMN from_key TEXT NOT NULL DEFAULT '';
ALTER TABLE tickets ADD COLUMN to_key TEXT NOT NULL DEFAULT '';
UPDATE tickets SET from_key = city_key(from_city), to_key = city_key(to_city);

-- Status, payment status and gender as one number from 0 to 35: what has few values stands in front of
-- the id in one byte, and a list that asks for some of them merges so many ranges. It is written with
-- them, and a row that says something else is refused. (As a generated column it would be looked up in
-- the ticket again for each row of an index that holds it.)
ALTER TABLE tickets ADD COLUMN facet INTEGER NOT NULL DEFAULT 0;
UPDATE tickets SET facet =
    CASE status WHEN 'RESERVED' THEN 0 WHEN 'CONFIRMED' THEN 9 WHEN 'SUSPENDED' THEN 18 ELSE 27 END
    + CASE payment_status WHEN 'PENDING' THEN 0 WHEN 'PAID' THEN 3 ELSE 6 END
    + CASE gender WHEN 'MALE' THEN 0 WHEN 'FEMALE' THEN 1 ELSE 2 END;
CREATE TRIGGER facets_are_inserted BEFORE INSERT ON tickets WHEN NEW.facet <>
    CASE NEW.status WHEN 'RESERVED' THEN 0 WHEN 'CONFIRMED' THEN 9 WHEN 'SUSPENDED' THEN 18 ELSE 27 END
    + CASE NEW.payment_status WHEN 'PENDING' THEN 0 WHEN 'PAID' THEN 3 ELSE 6 END
    + CASE NEW.gender WHEN 'MALE' THEN 0 WHEN 'FEMALE' THEN 1 ELSE 2 END
BEGIN SELECT RAISE(ABORT, 'a ticket with another facet than its own'); END;
CREATE TRIGGER facets_are_updated BEFORE UPDATE OF status, payment_status, gender, facet ON tickets
WHEN NEW.facet <>
    CASE NEW.status WHEN 'RESERVED' THEN 0 WHEN 'CONFIRMED' THEN 9 WHEN 'SUSPENDED' THEN 18 ELSE 27 END
    + CASE NEW.payment_status WHEN 'PENDING' THEN 0 WHEN 'PAID' THEN 3 ELSE 6 END
    + CASE NEW.gender WHEN 'MALE' THEN 0 WHEN 'FEMALE' THEN 1 ELSE 2 END
BEGIN SELECT RAISE(ABORT, 'a ticket with another facet than its own'); END;

CREATE INDEX tickets_by_route ON tickets (route_id, from_stop_index, to_stop_index, facet);
CREATE INDEX tickets_by_user ON tickets (user_id, facet) WHERE user_id IS NOT NULL;
CREATE INDEX tickets_by_issuer ON tickets (issued_by_id, facet) WHERE issued_by_id IS NOT NULL;
CREATE INDEX tickets_by_phone ON tickets (phone, facet);
CREATE INDEX tickets_by_identity ON tickets (identity_number, facet) WHERE identity_number IS NOT NULL;
CREATE INDEX tickets_by_cities ON tickets (from_key, to_key, facet);
CREATE INDEX tickets_by_facet ON tickets (facet);

-- Who the ticket is for: their history shows a payment that somebody else made.
ALTER TABLE payments ADD COLUMN owner_id BLOB;
UPDATE payments SET owner_id = (SELECT user_id FROM tickets WHERE tickets.id = payments.ticket_id);
DROP INDEX payments_by_payer;
-- Two lists without a row in common, so that they can be merged.
CREATE INDEX payments_by_payer ON payments (paid_by_id, id, state)
    WHERE state IN ('CAPTURED', 'REFUNDING', 'REFUNDED');
CREATE INDEX payments_by_owner ON payments (owner_id, id, state, paid_by_id)
    WHERE owner_id <> paid_by_id AND state IN ('CAPTURED', 'REFUNDING', 'REFUNDED');

CREATE INDEX routes_by_activity ON routes (is_active, departs_at);
CREATE INDEX routes_by_kind ON routes (kind, departs_at);
CREATE INDEX routes_by_kind_and_activity ON routes (kind, is_active, departs_at);
CREATE INDEX stops_by_time ON stops (time);

-- What a traveller can ask for: one row for each pair of stops of a route that is sold.
CREATE TABLE segments (
    from_key        TEXT NOT NULL,
    to_key          TEXT NOT NULL,
    is_active       INTEGER NOT NULL,
    -- At the segment's first stop.
    departs_at      INTEGER NOT NULL,
    route_id        BLOB NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    from_stop_index INTEGER NOT NULL,
    to_stop_index   INTEGER NOT NULL,
    price           INTEGER NOT NULL,
    -- Whether it begins and ends where the bus does.
    is_head         INTEGER NOT NULL,
    is_tail         INTEGER NOT NULL,
    PRIMARY KEY (from_key, to_key, is_active, departs_at, route_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX segments_by_route ON segments (route_id);
CREATE INDEX segments_to_the_end ON segments (from_key, is_active, departs_at, route_id, is_tail)
    WHERE is_tail = 1;
CREATE INDEX segments_from_the_start ON segments (to_key, is_active, departs_at, route_id, is_head)
    WHERE is_head = 1;
CREATE INDEX segments_of_whole_routes ON segments (is_active, departs_at, route_id, is_head, is_tail)
    WHERE is_head = 1 AND is_tail = 1;

INSERT OR IGNORE INTO segments
SELECT a.city_key, b.city_key, routes.is_active, a.time, routes.id, a.stop_index, b.stop_index,
    ifnull(fares.price, routes.price), a.stop_index = 0,
    b.stop_index = (SELECT max(stop_index) FROM stops WHERE stops.route_id = routes.id)
FROM routes
JOIN stops a ON a.route_id = routes.id
JOIN stops b ON b.route_id = routes.id AND b.stop_index > a.stop_index
LEFT JOIN fares ON fares.route_id = routes.id AND fares.from_stop_index = a.stop_index
    AND fares.to_stop_index = b.stop_index
WHERE ifnull(fares.is_sold, 1)
ORDER BY routes.id, a.stop_index, b.stop_index;

ALTER TABLE buses ADD COLUMN brand_key TEXT NOT NULL DEFAULT '';
UPDATE buses SET brand_key = city_key(ifnull(specs ->> '$.brand', ''));
CREATE INDEX buses_by_brand ON buses (brand_key, plate);
CREATE INDEX buses_by_layout ON buses (layout_type, plate);
CREATE INDEX buses_by_brand_and_layout ON buses (brand_key, layout_type, plate);

ALTER TABLE stations ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
UPDATE stations SET name_key = city_key(name);
CREATE INDEX stations_by_name ON stations (name_key);
