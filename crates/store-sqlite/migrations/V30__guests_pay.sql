-- Somebody without an account pays, too: then nobody's id stands there. The tables are written anew, shares
-- first: nothing may point at the payments while they are.
CREATE TABLE payment_shares_then AS SELECT * FROM payment_shares;
DROP TABLE payment_shares;

CREATE TABLE payments_now (
    id             BLOB PRIMARY KEY,
    booking_id     BLOB NOT NULL REFERENCES bookings (id),
    method         TEXT NOT NULL,
    provider       TEXT NOT NULL,
    -- What the shares are together, and what their states say together.
    amount         INTEGER NOT NULL,
    state          TEXT NOT NULL,
    -- NULL: a guest, who is known by the booking.
    paid_by_id     BLOB REFERENCES users (id),
    transaction_id TEXT,
    decline_code   TEXT,
    created_at     INTEGER NOT NULL,
    paid_at        INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO payments_now
SELECT id, booking_id, method, provider, amount, state, paid_by_id, transaction_id, decline_code,
    created_at, paid_at
FROM payments ORDER BY id;
DROP TABLE payments;
ALTER TABLE payments_now RENAME TO payments;
CREATE INDEX payments_by_booking ON payments (booking_id, created_at);
CREATE INDEX payments_unfinished ON payments (created_at) WHERE state IN ('STARTED', 'REFUNDING');

CREATE TABLE payment_shares (
    payment_id  BLOB NOT NULL REFERENCES payments (id),
    ticket_id   BLOB NOT NULL REFERENCES tickets (id),
    amount      INTEGER NOT NULL,
    state       TEXT NOT NULL,
    refunded_at INTEGER,
    -- The payment's, and whom the ticket is for: their history shows what somebody else paid.
    paid_by_id  BLOB,
    owner_id    BLOB,
    PRIMARY KEY (payment_id, ticket_id)
) STRICT, WITHOUT ROWID;
INSERT INTO payment_shares
SELECT payment_id, ticket_id, amount, state, refunded_at, paid_by_id, owner_id
FROM payment_shares_then ORDER BY payment_id, ticket_id;
DROP TABLE payment_shares_then;
-- Two lists without a row in common, so that they can be merged.
CREATE INDEX payment_shares_by_payer ON payment_shares (paid_by_id, payment_id, ticket_id, state)
    WHERE paid_by_id IS NOT NULL AND state IN ('CAPTURED', 'REFUNDING', 'REFUNDED');
CREATE INDEX payment_shares_by_owner
    ON payment_shares (owner_id, payment_id, ticket_id, state, paid_by_id)
    WHERE owner_id IS NOT NULL AND owner_id IS NOT paid_by_id
    AND state IN ('CAPTURED', 'REFUNDING', 'REFUNDED');
