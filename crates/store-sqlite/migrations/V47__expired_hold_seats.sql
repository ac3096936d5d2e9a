-- Seats that holds of `POST /holds` let run out unpaid, by the day (UTC, from 1970-01-01). Reserved tickets are
-- counted by their triggers (V11); such a hold has no ticket, and nothing is left of it an hour later.
CREATE TABLE expired_hold_seats (
    day   INTEGER PRIMARY KEY,
    seats INTEGER NOT NULL
) STRICT;
