-- Who did what with what. Rows are only added: their ids rise, and so does every index of a thing that
-- is new.
CREATE TABLE audit (
    id         INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    -- The role of an account, or GUEST, or SYSTEM.
    actor      TEXT NOT NULL,
    actor_id   BLOB,
    action     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    -- NULL where one of the next three is the subject's.
    subject_id BLOB,
    ticket_id  BLOB,
    booking_id BLOB,
    route_id   BLOB,
    -- 16 bytes where it is made as all are.
    request_id ANY,
    -- JSON objects.
    before     TEXT,
    after      TEXT
) STRICT;
CREATE INDEX audit_by_time ON audit (at);
-- Also for a ticket: it is found among the rows of its booking.
CREATE INDEX audit_by_booking ON audit (booking_id, at) WHERE booking_id IS NOT NULL;
CREATE INDEX audit_by_route ON audit (route_id, at) WHERE route_id IS NOT NULL;
CREATE INDEX audit_by_actor ON audit (actor_id, at) WHERE actor_id IS NOT NULL;
