-- Figures over everything, kept up by whatever changes a row, in the transaction that changes it: to
-- ask for one costs the same however much is stored. Those of tickets are kept up once for each
-- statement, because a group writes all of its tickets in one.
SET LOCAL lock_timeout = '200ms';

-- How many tickets there are of each facet; all 36 rows are always there.
CREATE TABLE ticket_figures (
    facet   smallint PRIMARY KEY,
    tickets bigint NOT NULL,
    -- The sum of their prices.
    revenue bigint NOT NULL
);
INSERT INTO ticket_figures SELECT facet, 0, 0 FROM generate_series(0, 35) AS facet;

-- Every pair of cities that a ticket was ever sold between, and how many live ones there are: a ticket
-- that was cancelled makes no pair popular. Facets below 18 are RESERVED and CONFIRMED.
CREATE TABLE city_pairs (
    from_key  text COLLATE "C" NOT NULL,
    to_key    text COLLATE "C" NOT NULL,
    -- As the first ticket spelt them.
    from_city text NOT NULL,
    to_city   text NOT NULL,
    live      bigint NOT NULL,
    PRIMARY KEY (from_key, to_key)
);
CREATE INDEX city_pairs_by_live ON city_pairs (live DESC, from_key, to_key);
CREATE INDEX city_pairs_by_end ON city_pairs (to_key);

CREATE FUNCTION count_new_tickets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket_figures f SET tickets = f.tickets + n.tickets, revenue = f.revenue + n.revenue
    FROM (SELECT facet, count(*) AS tickets, sum(price)::bigint AS revenue FROM new_tickets
          GROUP BY facet) n
    WHERE n.facet = f.facet;
    INSERT INTO city_pairs AS p (from_key, to_key, from_city, to_city, live)
    SELECT from_key, to_key, (array_agg(from_city ORDER BY id))[1], (array_agg(to_city ORDER BY id))[1],
        count(*) FILTER (WHERE facet < 18)
    FROM new_tickets GROUP BY from_key, to_key
    ON CONFLICT (from_key, to_key) DO UPDATE SET live = p.live + excluded.live;
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_inserted AFTER INSERT ON tickets REFERENCING NEW TABLE AS new_tickets
    FOR EACH STATEMENT EXECUTE FUNCTION count_new_tickets();

CREATE FUNCTION count_changed_tickets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket_figures f SET tickets = f.tickets + n.tickets, revenue = f.revenue + n.revenue
    FROM (SELECT facet, sum(tickets)::bigint AS tickets, sum(price)::bigint AS revenue
          FROM (SELECT facet, 1 AS tickets, price FROM new_tickets
                UNION ALL SELECT facet, -1, -price FROM old_tickets) changes
          GROUP BY facet HAVING sum(tickets) <> 0 OR sum(price) <> 0) n
    WHERE n.facet = f.facet;
    UPDATE city_pairs p SET live = p.live + n.live
    FROM (SELECT from_key, to_key, sum(live)::bigint AS live
          FROM (SELECT from_key, to_key, 1 AS live FROM new_tickets WHERE facet < 18
                UNION ALL SELECT from_key, to_key, -1 FROM old_tickets WHERE facet < 18) changes
          GROUP BY from_key, to_key HAVING sum(live) <> 0) n
    WHERE n.from_key = p.from_key AND n.to_key = p.to_key;
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_updated AFTER UPDATE ON tickets
    REFERENCING OLD TABLE AS old_tickets NEW TABLE AS new_tickets
    FOR EACH STATEMENT EXECUTE FUNCTION count_changed_tickets();

CREATE FUNCTION count_deleted_tickets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket_figures f SET tickets = f.tickets - n.tickets, revenue = f.revenue - n.revenue
    FROM (SELECT facet, count(*) AS tickets, sum(price)::bigint AS revenue FROM old_tickets
          GROUP BY facet) n
    WHERE n.facet = f.facet;
    UPDATE city_pairs p SET live = p.live - n.live
    FROM (SELECT from_key, to_key, count(*) AS live FROM old_tickets WHERE facet < 18
          GROUP BY from_key, to_key) n
    WHERE n.from_key = p.from_key AND n.to_key = p.to_key;
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_deleted AFTER DELETE ON tickets REFERENCING OLD TABLE AS old_tickets
    FOR EACH STATEMENT EXECUTE FUNCTION count_deleted_tickets();

-- Departures by what they are and by the day (of UTC) on which they leave.
CREATE TABLE route_figures (
    kind      text COLLATE "C" NOT NULL,
    is_active boolean NOT NULL,
    day       date NOT NULL,
    routes    bigint NOT NULL,
    PRIMARY KEY (kind, is_active, day)
);

-- The same over all days.
CREATE TABLE route_totals (
    kind      text COLLATE "C" NOT NULL,
    is_active boolean NOT NULL,
    routes    bigint NOT NULL,
    PRIMARY KEY (kind, is_active)
);

CREATE FUNCTION count_routes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE route_figures SET routes = routes - 1
        WHERE kind = OLD.kind AND is_active = OLD.is_active
            AND day = (OLD.departs_at AT TIME ZONE 'UTC')::date;
        UPDATE route_totals SET routes = routes - 1
        WHERE kind = OLD.kind AND is_active = OLD.is_active;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO route_figures AS f (kind, is_active, day, routes)
        VALUES (NEW.kind, NEW.is_active, (NEW.departs_at AT TIME ZONE 'UTC')::date, 1)
        ON CONFLICT (kind, is_active, day) DO UPDATE SET routes = f.routes + 1;
        INSERT INTO route_totals AS f (kind, is_active, routes) VALUES (NEW.kind, NEW.is_active, 1)
        ON CONFLICT (kind, is_active) DO UPDATE SET routes = f.routes + 1;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER routes_counted AFTER INSERT OR DELETE OR UPDATE OF kind, is_active, departs_at ON routes
    FOR EACH ROW EXECUTE FUNCTION count_routes();

-- Buses by what they are; those without a brand have ''.
CREATE TABLE bus_figures (
    brand       text COLLATE "C" NOT NULL,
    layout_type text COLLATE "C" NOT NULL,
    buses       bigint NOT NULL,
    seats       bigint NOT NULL,
    PRIMARY KEY (brand, layout_type)
);

CREATE FUNCTION count_buses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE bus_figures SET buses = buses - 1, seats = seats - OLD.seat_count
        WHERE brand = coalesce(OLD.specs ->> 'brand', '') AND layout_type = OLD.layout_type;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO bus_figures AS f (brand, layout_type, buses, seats)
        VALUES (coalesce(NEW.specs ->> 'brand', ''), NEW.layout_type, 1, NEW.seat_count)
        ON CONFLICT (brand, layout_type)
        DO UPDATE SET buses = f.buses + 1, seats = f.seats + excluded.seats;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER buses_counted
    AFTER INSERT OR DELETE OR UPDATE OF specs, layout_type, seat_count ON buses
    FOR EACH ROW EXECUTE FUNCTION count_buses();

-- Who lets seats of a departure run out unpaid, of departures that are not over.
CREATE TABLE expired_holds (
    user_id    uuid NOT NULL,
    route_id   uuid NOT NULL,
    holds      bigint NOT NULL,
    -- The route's, when it was last counted: after it the row is of no more use.
    arrives_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, route_id)
);
CREATE INDEX expired_holds_by_count ON expired_holds (holds DESC);
CREATE INDEX expired_holds_by_arrival ON expired_holds (arrives_at);

-- Of all departures that ever were; one row.
CREATE TABLE expired_hold_figures (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    total   bigint NOT NULL
);
INSERT INTO expired_hold_figures (total) VALUES (0);

CREATE FUNCTION count_expired_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE expired_hold_figures SET total = total + 1;
    INSERT INTO expired_holds AS h (user_id, route_id, holds, arrives_at)
    SELECT NEW.user_id, id, 1, arrives_at FROM routes
    WHERE id = NEW.route_id AND NEW.user_id IS NOT NULL
    ON CONFLICT (user_id, route_id)
    DO UPDATE SET holds = h.holds + 1, arrives_at = excluded.arrives_at;
    DELETE FROM expired_holds WHERE arrives_at <= NEW.cancelled_at;
    RETURN NULL;
END $$;
CREATE TRIGGER hold_expired AFTER UPDATE OF cancel_cause ON tickets FOR EACH ROW
    WHEN (NEW.cancel_cause = 'EXPIRED' AND OLD.cancel_cause IS DISTINCT FROM 'EXPIRED')
    EXECUTE FUNCTION count_expired_hold();

-- A payment that was under way when the hold ran out has won the seat back: it was paid after all.
CREATE FUNCTION count_hold_won_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE expired_hold_figures SET total = total - 1;
    UPDATE expired_holds SET holds = holds - 1
    WHERE user_id = NEW.user_id AND route_id = NEW.route_id;
    DELETE FROM expired_holds
    WHERE user_id = NEW.user_id AND route_id = NEW.route_id AND holds <= 0;
    RETURN NULL;
END $$;
CREATE TRIGGER hold_won_back AFTER UPDATE OF cancel_cause ON tickets FOR EACH ROW
    WHEN (OLD.cancel_cause = 'EXPIRED' AND NEW.cancel_cause IS DISTINCT FROM 'EXPIRED')
    EXECUTE FUNCTION count_hold_won_back();
