-- Who has a seat on a route, by the document that they have shown: nobody is booked twice on one part of the
-- way. Only live tickets: those that somebody booked and cancelled are no more to look through.
CREATE INDEX tickets_seated_by_identity ON tickets (route_id, identity_number)
    WHERE identity_number IS NOT NULL AND status IN ('RESERVED', 'CONFIRMED');
CREATE INDEX tickets_seated_by_passport ON tickets (route_id, passport_number)
    WHERE passport_number IS NOT NULL AND status IN ('RESERVED', 'CONFIRMED');
