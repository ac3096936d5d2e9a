-- A booking: one code, one payer and one contact for one or more tickets. Until now every ticket was one
-- by itself, and gives the booking its id.
CREATE TABLE bookings (
    id            BLOB PRIMARY KEY,
    pnr           TEXT NOT NULL UNIQUE,
    -- The account that booked for itself.
    user_id       BLOB REFERENCES users (id),
    contact_name  TEXT,
    contact_phone TEXT NOT NULL,
    contact_email TEXT,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO bookings
SELECT id, pnr, user_id, NULL, phone, NULL, created_at, updated_at FROM tickets ORDER BY id;

-- A payment is for tickets of one booking, and has a share for each of them. The tables are written anew,
-- payments first: nothing may point at the tickets while they are.
CREATE TABLE payments_then AS SELECT * FROM payments;
DROP TABLE payments;

-- The code of a booking stands in all of its tickets, so it is unique among bookings and not here.
CREATE TABLE tickets_now (
    id              BLOB PRIMARY KEY,
    booking_id      BLOB NOT NULL REFERENCES bookings (id),
    pnr             TEXT NOT NULL,
    route_id        BLOB NOT NULL REFERENCES routes (id),
    user_id         BLOB REFERENCES users (id),
    issued_by_id    BLOB REFERENCES users (id),
    from_city       TEXT NOT NULL,
    to_city         TEXT NOT NULL,
    from_stop_index INTEGER NOT NULL,
    to_stop_index   INTEGER NOT NULL,
    seat_number     INTEGER NOT NULL,
    gender          TEXT NOT NULL,
    price           INTEGER NOT NULL,
    identity_number TEXT,
    -- The booking's contact's: tickets are looked up by it.
    phone           TEXT NOT NULL,
    passenger_name  TEXT NOT NULL,
    status          TEXT NOT NULL,
    payment_status  TEXT NOT NULL,
    expires_at      INTEGER,
    suspended_at    INTEGER,
    cancelled_at    INTEGER,
    cancel_cause    TEXT,
    changed_by_id   BLOB REFERENCES users (id),
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    from_key        TEXT NOT NULL,
    to_key          TEXT NOT NULL,
    -- See V4.
    facet           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO tickets_now
SELECT id, id, pnr, route_id, user_id, issued_by_id, from_city, to_city, from_stop_index,
    to_stop_index, seat_number, gender, price, identity_number, phone, passenger_name, status,
    payment_status, expires_at, suspended_at, cancelled_at, cancel_cause, changed_by_id, created_at,
    updated_at, from_key, to_key, facet
FROM tickets ORDER BY id;
DROP TABLE tickets;
ALTER TABLE tickets_now RENAME TO tickets;

CREATE INDEX tickets_by_booking ON tickets (booking_id);
CREATE INDEX tickets_by_hold_end ON tickets (expires_at) WHERE status = 'RESERVED';
CREATE INDEX tickets_by_route ON tickets (route_id, from_stop_index, to_stop_index, facet);
CREATE INDEX tickets_by_user ON tickets (user_id, facet) WHERE user_id IS NOT NULL;
CREATE INDEX tickets_by_issuer ON tickets (issued_by_id, facet) WHERE issued_by_id IS NOT NULL;
CREATE INDEX tickets_by_phone ON tickets (phone, facet);
CREATE INDEX tickets_by_identity ON tickets (identity_number, facet) WHERE identity_number IS NOT NULL;
CREATE INDEX tickets_by_cities ON tickets (from_key, to_key, facet);
CREATE INDEX tickets_by_facet ON tickets (facet);

-- The triggers went with the table; they are those of V4, V5 and V11.
CREATE TRIGGER facets_are_inserted BEFORE INSERT ON tickets WHEN NEW.facet <>
    CASE NEW.status WHEN 'RESERVED' THEN 0 WHEN 'CONFIRMED' THEN 9 WHEN 'SUSPENDED' THEN 18 ELSE 27 END
    + CASE NEW.payment_status WHEN 'PENDING' THEN 0 WHEN 'PAID' THEN 3 ELSE 6 END
    + CASE NEW.gender WHEN 'MALE' THEN 0 WHEN 'FEMALE' THEN 1 ELSE 2 END
BEGIN SELECT RAISE(ABORT, 'a ticket with another facet than its own'); END;
CREATE TRIGGER facets_are_updated BEFORE UPDATE OF status, payment_status, gender, facet ON tickets
WHEN NEW.facet <>
    CASE NEW.status WHEN 'RESERVED' THEN 0 WHEN 'CONFIRMED' THEN 9 WHEN 'SUSPENDED' THEN 18 ELSE 27 END
    + CASE NEW.payment_status WHEN 'PENDING' THEN 0 WHEN 'PAID' THEN 3 ELSE 6 END
    + CASE NEW.gender WHEN 'MALE' THEN 0 WHEN 'FEMALE' THEN 1 ELSE 2 END
BEGIN SELECT RAISE(ABORT, 'a ticket with another facet than its own'); END;

CREATE TRIGGER tickets_inserted AFTER INSERT ON tickets BEGIN
    UPDATE ticket_figures SET tickets = tickets + 1, revenue = revenue + NEW.price
    WHERE facet = NEW.facet;
    INSERT INTO city_pairs VALUES (NEW.from_key, NEW.to_key, NEW.from_city, NEW.to_city, NEW.facet < 18)
    ON CONFLICT DO UPDATE SET live = live + excluded.live;
END;
CREATE TRIGGER tickets_updated AFTER UPDATE OF status, payment_status, gender, price ON tickets
WHEN OLD.facet <> NEW.facet OR OLD.price <> NEW.price BEGIN
    UPDATE ticket_figures SET tickets = tickets - 1, revenue = revenue - OLD.price
    WHERE facet = OLD.facet;
    UPDATE ticket_figures SET tickets = tickets + 1, revenue = revenue + NEW.price
    WHERE facet = NEW.facet;
    UPDATE city_pairs SET live = live + (NEW.facet < 18) - (OLD.facet < 18)
    WHERE from_key = NEW.from_key AND to_key = NEW.to_key AND (NEW.facet < 18) <> (OLD.facet < 18);
END;
CREATE TRIGGER tickets_deleted AFTER DELETE ON tickets BEGIN
    UPDATE ticket_figures SET tickets = tickets - 1, revenue = revenue - OLD.price
    WHERE facet = OLD.facet;
    UPDATE city_pairs SET live = live - 1
    WHERE from_key = OLD.from_key AND to_key = OLD.to_key AND OLD.facet < 18;
END;

CREATE TRIGGER hold_expired AFTER UPDATE OF cancel_cause ON tickets
WHEN NEW.cancel_cause = 'EXPIRED' AND OLD.cancel_cause IS NOT 'EXPIRED' BEGIN
    UPDATE expired_hold_figures SET total = total + 1;
    INSERT INTO expired_holds
    SELECT NEW.user_id, id, 1, arrives_at FROM routes
    WHERE id = NEW.route_id AND NEW.user_id IS NOT NULL
    ON CONFLICT DO UPDATE SET holds = holds + 1, arrives_at = excluded.arrives_at;
    DELETE FROM expired_holds WHERE arrives_at <= NEW.cancelled_at;
END;
CREATE TRIGGER hold_won_back AFTER UPDATE OF cancel_cause ON tickets
WHEN OLD.cancel_cause = 'EXPIRED' AND NEW.cancel_cause IS NOT 'EXPIRED' BEGIN
    UPDATE expired_hold_figures SET total = total - 1;
    UPDATE expired_holds SET holds = holds - 1
    WHERE user_id = NEW.user_id AND route_id = NEW.route_id;
    DELETE FROM expired_holds
    WHERE user_id = NEW.user_id AND route_id = NEW.route_id AND holds <= 0;
END;

CREATE TABLE payments (
    id             BLOB PRIMARY KEY,
    booking_id     BLOB NOT NULL REFERENCES bookings (id),
    method         TEXT NOT NULL,
    provider       TEXT NOT NULL,
    -- What the shares are together, and what their states say together.
    amount         INTEGER NOT NULL,
    state          TEXT NOT NULL,
    paid_by_id     BLOB NOT NULL REFERENCES users (id),
    transaction_id TEXT,
    decline_code   TEXT,
    created_at     INTEGER NOT NULL,
    paid_at        INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO payments
SELECT id, ticket_id, method, provider, amount, state, paid_by_id, transaction_id, decline_code,
    created_at, paid_at
FROM payments_then ORDER BY id;
CREATE INDEX payments_by_booking ON payments (booking_id, created_at);
CREATE INDEX payments_unfinished ON payments (created_at) WHERE state IN ('STARTED', 'REFUNDING');

CREATE TABLE payment_shares (
    payment_id  BLOB NOT NULL REFERENCES payments (id),
    ticket_id   BLOB NOT NULL REFERENCES tickets (id),
    amount      INTEGER NOT NULL,
    state       TEXT NOT NULL,
    refunded_at INTEGER,
    -- The payment's, and whom the ticket is for: their history shows what somebody else paid.
    paid_by_id  BLOB NOT NULL,
    owner_id    BLOB,
    PRIMARY KEY (payment_id, ticket_id)
) STRICT, WITHOUT ROWID;
INSERT INTO payment_shares
SELECT id, ticket_id, amount, state, refunded_at, paid_by_id, owner_id FROM payments_then ORDER BY id;
-- Two lists without a row in common, so that they can be merged.
CREATE INDEX payment_shares_by_payer ON payment_shares (paid_by_id, payment_id, ticket_id, state)
    WHERE state IN ('CAPTURED', 'REFUNDING', 'REFUNDED');
CREATE INDEX payment_shares_by_owner
    ON payment_shares (owner_id, payment_id, ticket_id, state, paid_by_id)
    WHERE owner_id <> paid_by_id AND state IN ('CAPTURED', 'REFUNDING', 'REFUNDED');
DROP TABLE payments_then;
