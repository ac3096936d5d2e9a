-- Figures over everything, kept up by whatever changes a row, in the transaction that changes it: to
-- ask for one costs the same however much is stored. Triggers, because no way of writing passes them by;
-- those of tickets once for each statement, because a group writes all of its tickets in one.
SET LOCAL lock_timeout = '200ms';

-- How many tickets there are of each facet; all 36 rows are always there. Every group of sales changes
-- some of these figures, and a row that every group changes would leave a dead version behind each time,
-- which nobody can take away while a long snapshot (a dump) is read. So a group only adds rows with what
-- it changes, and once in a while they are folded into the figures: what is asked for is the figures and
-- what is not folded yet. Groups are one at a time, so `number` is in the order of their commits.
CREATE TABLE ticket_figures (
    facet   smallint PRIMARY KEY,
    tickets bigint NOT NULL,
    -- The sum of their prices.
    revenue bigint NOT NULL,
    -- Those whose hold ran out unpaid.
    expired bigint NOT NULL
);
INSERT INTO ticket_figures SELECT facet, 0, 0, 0 FROM generate_series(0, 35) AS facet;
CREATE TABLE ticket_figure_changes (
    number  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    facet   smallint NOT NULL,
    tickets bigint NOT NULL,
    revenue bigint NOT NULL,
    expired bigint NOT NULL
);

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
CREATE TABLE city_pair_changes (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_key text COLLATE "C" NOT NULL,
    to_key   text COLLATE "C" NOT NULL,
    live     bigint NOT NULL
);

-- Up to which of the changes they are folded; one row.
CREATE TABLE figures_folded (
    is_only        boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    ticket_figures bigint NOT NULL,
    city_pairs     bigint NOT NULL
);
INSERT INTO figures_folded (ticket_figures, city_pairs) VALUES (0, 0);

CREATE VIEW ticket_figures_now AS
SELECT facet, sum(tickets)::bigint AS tickets, sum(revenue)::bigint AS revenue,
    sum(expired)::bigint AS expired
FROM (SELECT facet, tickets, revenue, expired FROM ticket_figures
      UNION ALL SELECT facet, tickets, revenue, expired FROM ticket_figure_changes
      WHERE number > (SELECT folded.ticket_figures FROM figures_folded folded)) figures
GROUP BY facet;

-- Changes that wait at the most: what is read with every question about figures.
CREATE FUNCTION fold_figures() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    waiting_max CONSTANT bigint := 1024;
    newest bigint;
    folded bigint;
BEGIN
    -- Only behind what is folded: before it stand deleted rows, as many as a dump holds back.
    SELECT f.ticket_figures INTO folded FROM figures_folded f;
    SELECT coalesce(max(number), 0) INTO newest FROM ticket_figure_changes WHERE number > folded;
    IF newest - folded >= waiting_max THEN
        UPDATE ticket_figures f SET tickets = f.tickets + n.tickets, revenue = f.revenue + n.revenue,
            expired = f.expired + n.expired
        FROM (SELECT facet, sum(tickets)::bigint AS tickets, sum(revenue)::bigint AS revenue,
                  sum(expired)::bigint AS expired
              FROM ticket_figure_changes WHERE number > folded GROUP BY facet) n
        WHERE n.facet = f.facet;
        UPDATE figures_folded SET ticket_figures = newest;
        DELETE FROM ticket_figure_changes WHERE number > folded AND number <= newest;
    END IF;
    SELECT f.city_pairs INTO folded FROM figures_folded f;
    SELECT coalesce(max(number), 0) INTO newest FROM city_pair_changes WHERE number > folded;
    IF newest - folded >= waiting_max THEN
        UPDATE city_pairs p SET live = p.live + n.live
        FROM (SELECT from_key, to_key, sum(live)::bigint AS live
              FROM city_pair_changes WHERE number > folded GROUP BY from_key, to_key) n
        WHERE n.from_key = p.from_key AND n.to_key = p.to_key AND n.live <> 0;
        UPDATE figures_folded SET city_pairs = newest;
        DELETE FROM city_pair_changes WHERE number > folded AND number <= newest;
    END IF;
END $$;

CREATE FUNCTION count_new_tickets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ticket_figure_changes (facet, tickets, revenue, expired)
    SELECT facet, count(*), sum(price)::bigint, count(*) FILTER (WHERE cancel_cause = 'EXPIRED')
    FROM new_tickets GROUP BY facet;
    INSERT INTO city_pairs (from_key, to_key, from_city, to_city, live)
    SELECT DISTINCT ON (from_key, to_key) from_key, to_key, from_city, to_city, 0 FROM new_tickets
    ORDER BY from_key, to_key, id
    ON CONFLICT (from_key, to_key) DO NOTHING;
    INSERT INTO city_pair_changes (from_key, to_key, live)
    SELECT from_key, to_key, count(*) FROM new_tickets WHERE facet < 18 GROUP BY from_key, to_key;
    PERFORM fold_figures();
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_inserted AFTER INSERT ON tickets REFERENCING NEW TABLE AS new_tickets
    FOR EACH STATEMENT EXECUTE FUNCTION count_new_tickets();

CREATE FUNCTION count_changed_tickets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ticket_figure_changes (facet, tickets, revenue, expired)
    SELECT facet, sum(tickets), sum(price)::bigint, sum(expired)
    FROM (SELECT facet, 1 AS tickets, price, (cancel_cause IS NOT DISTINCT FROM 'EXPIRED')::integer
              AS expired FROM new_tickets
          UNION ALL
          SELECT facet, -1, -price, -(cancel_cause IS NOT DISTINCT FROM 'EXPIRED')::integer
          FROM old_tickets) changes
    GROUP BY facet HAVING sum(tickets) <> 0 OR sum(price) <> 0 OR sum(expired) <> 0;
    INSERT INTO city_pair_changes (from_key, to_key, live)
    SELECT from_key, to_key, sum(live)
    FROM (SELECT from_key, to_key, 1 AS live FROM new_tickets WHERE facet < 18
          UNION ALL SELECT from_key, to_key, -1 FROM old_tickets WHERE facet < 18) changes
    GROUP BY from_key, to_key HAVING sum(live) <> 0;
    PERFORM fold_figures();
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_updated AFTER UPDATE ON tickets
    REFERENCING OLD TABLE AS old_tickets NEW TABLE AS new_tickets
    FOR EACH STATEMENT EXECUTE FUNCTION count_changed_tickets();

CREATE FUNCTION count_deleted_tickets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ticket_figure_changes (facet, tickets, revenue, expired)
    SELECT facet, -count(*), -sum(price)::bigint, -count(*) FILTER (WHERE cancel_cause = 'EXPIRED')
    FROM old_tickets GROUP BY facet;
    INSERT INTO city_pair_changes (from_key, to_key, live)
    SELECT from_key, to_key, -count(*) FROM old_tickets WHERE facet < 18 GROUP BY from_key, to_key;
    PERFORM fold_figures();
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

CREATE FUNCTION count_expired_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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
    UPDATE expired_holds SET holds = holds - 1
    WHERE user_id = NEW.user_id AND route_id = NEW.route_id;
    DELETE FROM expired_holds
    WHERE user_id = NEW.user_id AND route_id = NEW.route_id AND holds <= 0;
    RETURN NULL;
END $$;
CREATE TRIGGER hold_won_back AFTER UPDATE OF cancel_cause ON tickets FOR EACH ROW
    WHEN (OLD.cancel_cause = 'EXPIRED' AND NEW.cancel_cause IS DISTINCT FROM 'EXPIRED')
    EXECUTE FUNCTION count_hold_won_back();
