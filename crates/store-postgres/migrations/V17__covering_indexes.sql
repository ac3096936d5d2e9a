-- A search by price, kind or bus looks at thousands of departures, and read two rows for each of them. What it
-- asks for stands in the indexes now: the table has also the route's kind and bus (written with the route, as
-- everything here), and each index has all columns that a search reads.
SET LOCAL lock_timeout = '200ms';

ALTER TABLE segments
    ADD COLUMN kind   text COLLATE "C",
    ADD COLUMN bus_id uuid,
    DROP CONSTRAINT segments_pkey;
DROP INDEX segments_to_the_end, segments_from_the_start, segments_of_whole_routes;
UPDATE segments SET kind = routes.kind, bus_id = routes.bus_id FROM routes WHERE routes.id = segments.route_id;
ALTER TABLE segments
    ALTER COLUMN kind SET NOT NULL,
    ALTER COLUMN bus_id SET NOT NULL,
    ADD PRIMARY KEY (from_key, to_key, is_active, departs_at, route_id)
        INCLUDE (from_stop_index, to_stop_index, price, kind, bus_id);
CREATE INDEX segments_to_the_end ON segments (from_key, is_active, departs_at, route_id)
    INCLUDE (from_stop_index, to_stop_index, price, kind, bus_id) WHERE is_tail;
CREATE INDEX segments_from_the_start ON segments (to_key, is_active, departs_at, route_id)
    INCLUDE (from_stop_index, to_stop_index, price, kind, bus_id) WHERE is_head;
CREATE INDEX segments_of_whole_routes ON segments (is_active, departs_at, route_id)
    INCLUDE (from_stop_index, to_stop_index, price, kind, bus_id) WHERE is_head AND is_tail;

-- A server of the version before, beside which this one may stand for a while, writes departures without them.
CREATE FUNCTION segment_of_its_route() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT kind, bus_id INTO NEW.kind, NEW.bus_id FROM routes WHERE id = NEW.route_id;
    RETURN NEW;
END
$$;
CREATE TRIGGER segment_of_its_route BEFORE INSERT ON segments
    FOR EACH ROW WHEN (NEW.kind IS NULL) EXECUTE FUNCTION segment_of_its_route();

-- Accounts that a page of a list skips are passed over in the index: it has all that lists ask for.
DROP INDEX users_by_role, users_disabled, users_of_the_demo;
ALTER TABLE users
    DROP CONSTRAINT users_email_key,
    ADD CONSTRAINT users_email_key UNIQUE (email) INCLUDE (id, disabled_at, is_demo, deleted_at);
CREATE INDEX users_by_role ON users (role, email) INCLUDE (id, disabled_at, is_demo, deleted_at);
CREATE INDEX users_disabled ON users (email) INCLUDE (id, role, disabled_at, is_demo, deleted_at)
    WHERE disabled_at IS NOT NULL;
CREATE INDEX users_of_the_demo ON users (email) INCLUDE (id, role, disabled_at, is_demo, deleted_at)
    WHERE is_demo;
