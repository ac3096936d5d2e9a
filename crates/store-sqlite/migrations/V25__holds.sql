-- Seats that are held for a few minutes while names are typed. A hold that has ended is kept for a day,
-- so that its token is known.
CREATE TABLE holds (
    id              BLOB PRIMARY KEY,
    -- SHA-256. The token itself is nowhere.
    token_hash      BLOB NOT NULL UNIQUE,
    route_id        BLOB NOT NULL,
    from_stop_index INTEGER NOT NULL,
    to_stop_index   INTEGER NOT NULL,
    -- A JSON array of numbers, rising.
    seats           TEXT NOT NULL,
    -- Who took it; NULL without an account.
    user_id         BLOB,
    -- A keyed hash of the address; only while the hold is live.
    address         BLOB,
    state           TEXT NOT NULL,
    expires_at      INTEGER NOT NULL,
    is_extended     INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    ended_at        INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX holds_by_end ON holds (expires_at) WHERE state = 'LIVE';
CREATE INDEX holds_by_route ON holds (route_id) WHERE state = 'LIVE';
CREATE INDEX holds_ended ON holds (ended_at) WHERE ended_at IS NOT NULL;

-- Seats that staff have taken out of sale.
CREATE TABLE blocks (
    id              BLOB PRIMARY KEY,
    route_id        BLOB NOT NULL REFERENCES routes (id),
    from_stop_index INTEGER NOT NULL,
    to_stop_index   INTEGER NOT NULL,
    seats           TEXT NOT NULL,
    reason          TEXT NOT NULL,
    created_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_by_route ON blocks (route_id, id);

-- Seats that somebody let run out unpaid, for an hour: who does so again and again has to wait.
CREATE TABLE run_outs (
    route_id    BLOB NOT NULL,
    -- As in seat_legs.
    holder_kind INTEGER NOT NULL,
    holder_id   BLOB NOT NULL,
    user_id     BLOB,
    -- Of a booking without an account.
    phone       TEXT,
    -- A keyed hash.
    address     BLOB,
    seats       INTEGER NOT NULL,
    since       INTEGER NOT NULL,
    ran_out_at  INTEGER NOT NULL,
    PRIMARY KEY (route_id, holder_kind, holder_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_outs_by_time ON run_outs (ran_out_at);
