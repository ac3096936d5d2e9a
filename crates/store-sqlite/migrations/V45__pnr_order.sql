-- Booking codes are drawn at random, and an index by code put every new booking on a page of its own. The
-- index is now by rank: where a code stands in an order that only this database knows. New codes come one
-- after another in it (pnr_order.rs), so their entries are neighbours while the codes look like any others.
CREATE TABLE pnr_order (
    key BLOB NOT NULL
) STRICT;
INSERT INTO pnr_order VALUES (randomblob(16));

-- Tickets and payments point at the bookings while these are written anew; at the commit all are there again.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE bookings_then AS SELECT * FROM bookings;
DROP TABLE bookings;
CREATE TABLE bookings (
    id            BLOB PRIMARY KEY,
    pnr           TEXT NOT NULL,
    -- NULL: a code of a form that none is looked up by.
    pnr_rank      INTEGER UNIQUE,
    -- The account that booked for itself.
    user_id       BLOB REFERENCES users (id),
    contact_name  TEXT,
    contact_phone TEXT NOT NULL,
    contact_email TEXT,
    -- See V38.
    sealed        BLOB,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO bookings
SELECT id, pnr, pnr_rank_in((SELECT key FROM pnr_order), pnr), user_id, contact_name, contact_phone,
    contact_email, sealed, created_at, updated_at
FROM bookings_then ORDER BY id;
DROP TABLE bookings_then;
