-- The chain of committed groups. Each takes the places behind the last place of the one before, without
-- a hole, and bears a random id and that of the one before. A group without events has no row.
CREATE TABLE groups (
    number     INTEGER PRIMARY KEY,
    last_place INTEGER NOT NULL,
    id         BLOB NOT NULL,
    id_before  BLOB NOT NULL,
    -- Drawn by each process when it opens the database.
    writer     BLOB NOT NULL,
    -- Of its newest event.
    at         INTEGER NOT NULL
) STRICT;

-- Where the chain begins: behind everything that was sold so far.
INSERT INTO groups
SELECT 0, ifnull(max(position), 0), zeroblob(16), zeroblob(16), zeroblob(16), 0 FROM route_events;
