-- What was answered to a request that named a key: written with the request's effect.
CREATE TABLE idempotency_keys (
    -- A digest of whose key it is and which.
    id          BLOB NOT NULL UNIQUE,
    -- A digest of the request.
    fingerprint BLOB NOT NULL,
    -- While it is running: what ends with this payment. Then there is no answer yet.
    payment_id  BLOB,
    status      INTEGER,
    content     BLOB,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_running ON idempotency_keys (payment_id) WHERE payment_id IS NOT NULL;
