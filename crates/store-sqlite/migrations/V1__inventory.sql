-- Ids are 16-byte UUIDs; times are milliseconds since 1970 UTC; money is kuruş.

CREATE TABLE users (
    id            BLOB PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    first_name    TEXT NOT NULL,
    last_name     TEXT NOT NULL,
    phone         TEXT,
    role          TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE stations (
    id         BLOB PRIMARY KEY,
    name       TEXT NOT NULL,
    slug       TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE buses (
    id          BLOB PRIMARY KEY,
    plate       TEXT NOT NULL UNIQUE,
    model       TEXT NOT NULL,
    seat_count  INTEGER NOT NULL,
    layout_type TEXT NOT NULL,
    layout      TEXT NOT NULL,
    specs       TEXT NOT NULL,
    bus_phone   TEXT,
    owner       TEXT,
    tax_office  TEXT,
    tax_number  TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE routes (
    id            BLOB PRIMARY KEY,
    bus_id        BLOB NOT NULL REFERENCES buses (id),
    departs_at    INTEGER NOT NULL,
    price         INTEGER NOT NULL,
    kind          TEXT NOT NULL,
    rest_stops    TEXT NOT NULL,
    captain       TEXT,
    first_driver  TEXT,
    second_driver TEXT,
    assistant     TEXT,
    is_active     INTEGER NOT NULL,
    -- The number of the newest seat event; the events below it have no hole.
    seq           INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX routes_by_departure ON routes (departs_at);
CREATE INDEX routes_by_bus ON routes (bus_id, departs_at);

CREATE TABLE stops (
    route_id   BLOB NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    stop_index INTEGER NOT NULL,
    name       TEXT NOT NULL,
    -- The name folded, as cities are compared.
    city_key   TEXT NOT NULL,
    time       INTEGER NOT NULL,
    PRIMARY KEY (route_id, stop_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX stops_by_city ON stops (city_key, time);

CREATE TABLE fares (
    route_id        BLOB NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    from_stop_index INTEGER NOT NULL,
    to_stop_index   INTEGER NOT NULL,
    price           INTEGER NOT NULL,
    is_sold         INTEGER NOT NULL,
    PRIMARY KEY (route_id, from_stop_index, to_stop_index)
) STRICT, WITHOUT ROWID;

CREATE TABLE tickets (
    id              BLOB PRIMARY KEY,
    pnr             TEXT NOT NULL UNIQUE,
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
    updated_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tickets_by_route ON tickets (route_id);
CREATE INDEX tickets_by_user ON tickets (user_id, created_at) WHERE user_id IS NOT NULL;
CREATE INDEX tickets_by_issuer ON tickets (issued_by_id, created_at) WHERE issued_by_id IS NOT NULL;
CREATE INDEX tickets_by_hold_end ON tickets (expires_at) WHERE status = 'RESERVED';

-- Never sold twice: one row per leg that a RESERVED or CONFIRMED ticket occupies. The primary key is
-- what keeps the promise; no check before an insert does.
CREATE TABLE seat_legs (
    route_id    BLOB NOT NULL,
    seat_number INTEGER NOT NULL,
    leg         INTEGER NOT NULL,
    ticket_id   BLOB NOT NULL,
    PRIMARY KEY (route_id, seat_number, leg)
) STRICT, WITHOUT ROWID;

CREATE TABLE seat_events (
    -- The order in which the store committed; never reused.
    position        INTEGER PRIMARY KEY AUTOINCREMENT,
    route_id        BLOB NOT NULL,
    seq             INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    seat_number     INTEGER NOT NULL,
    from_stop_index INTEGER NOT NULL,
    to_stop_index   INTEGER NOT NULL,
    from_city       TEXT NOT NULL,
    to_city         TEXT NOT NULL,
    price           INTEGER NOT NULL,
    gender          TEXT NOT NULL,
    reason          TEXT NOT NULL,
    ticket_id       BLOB NOT NULL,
    pnr             TEXT NOT NULL,
    owner_id        BLOB,
    at              INTEGER NOT NULL,
    UNIQUE (route_id, seq)
) STRICT;

CREATE TABLE payments (
    id             BLOB PRIMARY KEY,
    ticket_id      BLOB NOT NULL REFERENCES tickets (id),
    method         TEXT NOT NULL,
    provider       TEXT NOT NULL,
    amount         INTEGER NOT NULL,
    state          TEXT NOT NULL,
    paid_by_id     BLOB NOT NULL REFERENCES users (id),
    transaction_id TEXT,
    decline_code   TEXT,
    created_at     INTEGER NOT NULL,
    paid_at        INTEGER,
    refunded_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX payments_by_ticket ON payments (ticket_id, created_at);
CREATE INDEX payments_by_payer ON payments (paid_by_id, created_at);
CREATE INDEX payments_unfinished ON payments (created_at) WHERE state IN ('STARTED', 'REFUNDING');
