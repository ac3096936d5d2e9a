-- A search by price, kind or bus looks at thousands of departures, and read two rows for each of them. What it
-- asks for stands in the indexes now: the table has also the route's kind and bus (written with the route, as
-- everything here), and each index has all columns that a search reads.
ALTER TABLE segments RENAME TO segments_then;
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
    kind            TEXT NOT NULL,
    bus_id          BLOB NOT NULL,
    PRIMARY KEY (from_key, to_key, is_active, departs_at, route_id)
) STRICT, WITHOUT ROWID;
INSERT INTO segments
SELECT s.*, routes.kind, routes.bus_id FROM segments_then s JOIN routes ON routes.id = s.route_id
ORDER BY s.from_key, s.to_key, s.is_active, s.departs_at, s.route_id;
DROP TABLE segments_then;
CREATE INDEX segments_by_route ON segments (route_id);
CREATE INDEX segments_to_the_end ON segments
    (from_key, is_active, departs_at, route_id, is_tail, from_stop_index, to_stop_index, price, kind, bus_id)
    WHERE is_tail = 1;
CREATE INDEX segments_from_the_start ON segments
    (to_key, is_active, departs_at, route_id, is_head, from_stop_index, to_stop_index, price, kind, bus_id)
    WHERE is_head = 1;
CREATE INDEX segments_of_whole_routes ON segments
    (is_active, departs_at, route_id, is_head, is_tail, from_stop_index, to_stop_index, price, kind, bus_id)
    WHERE is_head = 1 AND is_tail = 1;

-- Accounts that a page of a list skips are passed over in the index: it has all that lists ask for.
DROP INDEX users_by_role;
DROP INDEX users_in_use;
DROP INDEX users_disabled;
DROP INDEX users_of_the_demo;
CREATE INDEX users_by_role ON users (role, email, disabled_at, is_demo, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX users_in_use ON users (email, disabled_at, is_demo, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX users_disabled ON users (email, role, disabled_at, is_demo, deleted_at)
    WHERE disabled_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX users_of_the_demo ON users (email, role, disabled_at, is_demo, deleted_at) WHERE is_demo = 1;
