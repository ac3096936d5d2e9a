-- What happens on a route stands in one order: the events of its seats, and changes of the route
-- itself that are no sale. The ordinal counts all of them, the seq those of seats.
CREATE TABLE route_events (
    -- The order in which the store committed; never reused.
    position        INTEGER PRIMARY KEY AUTOINCREMENT,
    route_id        BLOB NOT NULL,
    ordinal         INTEGER NOT NULL,
    -- In a change of the route: that of the last seat event before it.
    seq             INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    at              INTEGER NOT NULL,
    -- Of a seat's event; NULL in a change of the route.
    seat_number     INTEGER,
    from_stop_index INTEGER,
    to_stop_index   INTEGER,
    from_city       TEXT,
    to_city         TEXT,
    price           INTEGER,
    gender          TEXT,
    reason          TEXT,
    ticket_id       BLOB,
    pnr             TEXT,
    owner_id        BLOB,
    UNIQUE (route_id, ordinal)
) STRICT;

-- Until now every event was a seat's: both numbers are the same.
INSERT INTO route_events
SELECT position, route_id, seq, seq, kind, at, seat_number, from_stop_index, to_stop_index,
       from_city, to_city, price, gender, reason, ticket_id, pnr, owner_id
FROM seat_events ORDER BY position;
DROP TABLE seat_events;

-- The ordinal of a route's newest event, as seq is the number of its newest seat event.
ALTER TABLE routes ADD COLUMN ordinal INTEGER NOT NULL DEFAULT 0;
UPDATE routes SET ordinal = seq;
