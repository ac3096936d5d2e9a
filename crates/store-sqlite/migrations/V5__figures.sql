-- Figures over everything, kept up by whatever changes a row, in the transaction that changes it: to
-- ask for one costs the same however much is stored. Triggers, because no way of writing passes them by.

-- How many tickets there are of each facet; all 36 rows are always there.
CREATE TABLE ticket_figures (
    facet   INTEGER PRIMARY KEY,
    tickets INTEGER NOT NULL,
    -- The sum of their prices.
    revenue INTEGER NOT NULL
) STRICT;
WITH RECURSIVE facets (facet) AS (SELECT 0 UNION ALL SELECT facet + 1 FROM facets WHERE facet < 35)
INSERT INTO ticket_figures SELECT facet, 0, 0 FROM facets;
UPDATE ticket_figures SET tickets = counted.tickets, revenue = counted.revenue
FROM (SELECT facet, count(*) AS tickets, sum(price) AS revenue FROM tickets GROUP BY facet) counted
WHERE counted.facet = ticket_figures.facet;

-- Every pair of cities that a ticket was ever sold between, and how many live ones there are: a ticket
-- that was cancelled makes no pair popular. Facets below 18 are RESERVED and CONFIRMED.
CREATE TABLE city_pairs (
    from_key  TEXT NOT NULL,
    to_key    TEXT NOT NULL,
    -- As the first ticket spelt them.
    from_city TEXT NOT NULL,
    to_city   TEXT NOT NULL,
    live      INTEGER NOT NULL,
    PRIMARY KEY (from_key, to_key)
) STRICT, WITHOUT ROWID;
INSERT INTO city_pairs
SELECT from_key, to_key, min(from_city), min(to_city), sum(facet < 18) FROM tickets
GROUP BY from_key, to_key;
CREATE INDEX city_pairs_by_live ON city_pairs (live DESC, from_key, to_key);
CREATE INDEX city_pairs_by_end ON city_pairs (to_key);

CREATE TRIGGER tickets_inserted AFTER INSERT ON tickets BEGIN
    UPDATE ticket_figures SET tickets = tickets + 1, revenue = revenue + NEW.price
    WHERE facet = NEW.facet;
    INSERT INTO city_pairs VALUES (NEW.from_key, NEW.to_key, NEW.from_city, NEW.to_city, NEW.facet < 18)
    ON CONFLICT DO UPDATE SET live = live + excluded.live;
END;
CREATE TRIGGER tickets_updated AFTER UPDATE OF status, payment_status, gender, price ON tickets
WHEN OLD.facet <> NEW.facet OR OLD.price <> NEW.price BEGIN
    UPDATE ticket_figures SET tickets = tickets - 1, revenue = revenue - OLD.price
    WHERE facet = OLD.facet;
    UPDATE ticket_figures SET tickets = tickets + 1, revenue = revenue + NEW.price
    WHERE facet = NEW.facet;
    UPDATE city_pairs SET live = live + (NEW.facet < 18) - (OLD.facet < 18)
    WHERE from_key = NEW.from_key AND to_key = NEW.to_key AND (NEW.facet < 18) <> (OLD.facet < 18);
END;
CREATE TRIGGER tickets_deleted AFTER DELETE ON tickets BEGIN
    UPDATE ticket_figures SET tickets = tickets - 1, revenue = revenue - OLD.price
    WHERE facet = OLD.facet;
    UPDATE city_pairs SET live = live - 1
    WHERE from_key = OLD.from_key AND to_key = OLD.to_key AND OLD.facet < 18;
END;

-- Departures by what they are and by the day (of UTC) on which they leave.
CREATE TABLE route_figures (
    kind      TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    day       INTEGER NOT NULL,
    routes    INTEGER NOT NULL,
    PRIMARY KEY (kind, is_active, day)
) STRICT, WITHOUT ROWID;
INSERT INTO route_figures
SELECT kind, is_active, departs_at / 86400000, count(*) FROM routes GROUP BY 1, 2, 3;

-- The same over all days.
CREATE TABLE route_totals (
    kind      TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    routes    INTEGER NOT NULL,
    PRIMARY KEY (kind, is_active)
) STRICT, WITHOUT ROWID;
INSERT INTO route_totals SELECT kind, is_active, sum(routes) FROM route_figures GROUP BY 1, 2;

CREATE TRIGGER routes_inserted AFTER INSERT ON routes BEGIN
    INSERT INTO route_figures VALUES (NEW.kind, NEW.is_active, NEW.departs_at / 86400000, 1)
    ON CONFLICT DO UPDATE SET routes = routes + 1;
    INSERT INTO route_totals VALUES (NEW.kind, NEW.is_active, 1)
    ON CONFLICT DO UPDATE SET routes = routes + 1;
END;
CREATE TRIGGER routes_updated AFTER UPDATE OF kind, is_active, departs_at ON routes BEGIN
    UPDATE route_figures SET routes = routes - 1
    WHERE kind = OLD.kind AND is_active = OLD.is_active AND day = OLD.departs_at / 86400000;
    UPDATE route_totals SET routes = routes - 1
    WHERE kind = OLD.kind AND is_active = OLD.is_active;
    INSERT INTO route_figures VALUES (NEW.kind, NEW.is_active, NEW.departs_at / 86400000, 1)
    ON CONFLICT DO UPDATE SET routes = routes + 1;
    INSERT INTO route_totals VALUES (NEW.kind, NEW.is_active, 1)
    ON CONFLICT DO UPDATE SET routes = routes + 1;
END;
CREATE TRIGGER routes_deleted AFTER DELETE ON routes BEGIN
    UPDATE route_figures SET routes = routes - 1
    WHERE kind = OLD.kind AND is_active = OLD.is_active AND day = OLD.departs_at / 86400000;
    UPDATE route_totals SET routes = routes - 1
    WHERE kind = OLD.kind AND is_active = OLD.is_active;
END;

-- Buses by what they are; those without a brand have ''.
CREATE TABLE bus_figures (
    brand       TEXT NOT NULL,
    layout_type TEXT NOT NULL,
    buses       INTEGER NOT NULL,
    seats       INTEGER NOT NULL,
    PRIMARY KEY (brand, layout_type)
) STRICT, WITHOUT ROWID;
INSERT INTO bus_figures
SELECT ifnull(specs ->> '$.brand', ''), layout_type, count(*), sum(seat_count) FROM buses GROUP BY 1, 2;

CREATE TRIGGER buses_inserted AFTER INSERT ON buses BEGIN
    INSERT INTO bus_figures
    VALUES (ifnull(NEW.specs ->> '$.brand', ''), NEW.layout_type, 1, NEW.seat_count)
    ON CONFLICT DO UPDATE SET buses = buses + 1, seats = seats + excluded.seats;
END;
CREATE TRIGGER buses_updated AFTER UPDATE OF specs, layout_type, seat_count ON buses BEGIN
    UPDATE bus_figures SET buses = buses - 1, seats = seats - OLD.seat_count
    WHERE brand = ifnull(OLD.specs ->> '$.brand', '') AND layout_type = OLD.layout_type;
    INSERT INTO bus_figures
    VALUES (ifnull(NEW.specs ->> '$.brand', ''), NEW.layout_type, 1, NEW.seat_count)
    ON CONFLICT DO UPDATE SET buses = buses + 1, seats = seats + excluded.seats;
END;
CREATE TRIGGER buses_deleted AFTER DELETE ON buses BEGIN
    UPDATE bus_figures SET buses = buses - 1, seats = seats - OLD.seat_count
    WHERE brand = ifnull(OLD.specs ->> '$.brand', '') AND layout_type = OLD.layout_type;
END;
