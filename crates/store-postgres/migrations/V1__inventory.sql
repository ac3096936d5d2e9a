-- The tables of the SQLite store, under the same names, in PostgreSQL's own types. Times are whole
-- milliseconds. What is looked up or sorted as text is compared by bytes, whatever the database's locale.
--
-- A migration waits for no one: a statement that stands behind a dump would make sales wait behind it.
SET LOCAL lock_timeout = '200ms';

-- What was decided is written exactly, or not at all: called with what a statement has changed.
CREATE FUNCTION expect_rows(what text, changed bigint, expected integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF changed <> expected THEN
        RAISE EXCEPTION 'writing % has changed % rows, not %: the database is not as it was read',
            what, changed, expected USING ERRCODE = 'data_corrupted';
    END IF;
END $$;

-- People.

CREATE TABLE users (
    id            uuid PRIMARY KEY,
    email         text COLLATE "C" NOT NULL UNIQUE,
    password_hash text NOT NULL,
    first_name    text NOT NULL,
    last_name     text NOT NULL,
    phone         text,
    role          text COLLATE "C" NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    disabled_at   timestamptz,
    is_demo       boolean NOT NULL DEFAULT false
);
CREATE INDEX users_by_role ON users (role, email);
CREATE INDEX users_of_the_demo ON users (email) WHERE is_demo;

-- How often an account was changed; one row.
CREATE TABLE account_changes (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    number  bigint NOT NULL
);
INSERT INTO account_changes (number) VALUES (0);

CREATE FUNCTION count_account_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE account_changes SET number = number + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER users_are_changed AFTER UPDATE OR DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION count_account_changes();

-- What there is to be sold.

CREATE TABLE stations (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    slug       text COLLATE "C" NOT NULL UNIQUE,
    kind       text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- The name folded, for the order of lists.
    name_key   text COLLATE "C" NOT NULL
);
CREATE INDEX stations_by_name ON stations (name_key, id);

CREATE TABLE seat_layouts (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    -- The name folded: two spellings are one name.
    name_key   text COLLATE "C" NOT NULL,
    layout     text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX seat_layouts_by_name ON seat_layouts (name_key);

CREATE TABLE buses (
    id          uuid PRIMARY KEY,
    plate       text COLLATE "C" NOT NULL UNIQUE,
    -- The plate without its spaces: two spellings are one bus. NULL where that is another bus's
    -- already (a database that was copied from an old one).
    plate_key   text COLLATE "C",
    model       text NOT NULL,
    seat_count  smallint NOT NULL,
    layout_type text COLLATE "C" NOT NULL,
    layout      text NOT NULL,
    layout_id   uuid REFERENCES seat_layouts (id),
    layout_name text,
    specs       jsonb NOT NULL,
    brand_key   text COLLATE "C" NOT NULL,
    features    jsonb NOT NULL DEFAULT '[]',
    bus_phone   text,
    owner       text,
    tax_office  text,
    tax_number  text,
    -- Where the bus was last seen.
    test_lat    integer,
    test_lng    integer,
    version     bigint NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX buses_by_plate_key ON buses (plate_key);
CREATE INDEX buses_by_brand ON buses (brand_key, plate);
CREATE INDEX buses_by_layout ON buses (layout_type, plate);
CREATE INDEX buses_by_brand_and_layout ON buses (brand_key, layout_type, plate);
CREATE INDEX buses_by_layout_id ON buses (layout_id) WHERE layout_id IS NOT NULL;

CREATE TABLE bus_features (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    name_key    text COLLATE "C" NOT NULL,
    description text,
    icon_path   text NOT NULL
);
CREATE UNIQUE INDEX bus_features_by_name ON bus_features (name_key);
CREATE TABLE bus_feature_uses (
    feature_id uuid NOT NULL REFERENCES bus_features (id),
    bus_id     uuid NOT NULL REFERENCES buses (id) ON DELETE CASCADE,
    PRIMARY KEY (feature_id, bus_id)
);
CREATE INDEX bus_feature_uses_by_bus ON bus_feature_uses (bus_id);
CREATE TABLE bus_tokens (
    bus_id     uuid PRIMARY KEY REFERENCES buses (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL
);

-- How far a route's events are stands in none of its columns: a row that every sale changes would leave
-- a dead version behind each time. See the view `route_heads`.
CREATE TABLE routes (
    id             uuid PRIMARY KEY,
    bus_id         uuid NOT NULL REFERENCES buses (id),
    departs_at     timestamptz NOT NULL,
    arrives_at     timestamptz NOT NULL,
    price          bigint NOT NULL,
    kind           text COLLATE "C" NOT NULL,
    rest_stops     jsonb NOT NULL,
    captain        text,
    first_driver   text,
    second_driver  text,
    assistant      text,
    is_active      boolean NOT NULL,
    neighbour_rule text,
    version        bigint NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);
CREATE INDEX routes_by_departure ON routes (departs_at, id);
CREATE INDEX routes_by_bus ON routes (bus_id, departs_at, id);
CREATE INDEX routes_by_bus_and_length ON routes (bus_id, (arrives_at - departs_at));
CREATE INDEX routes_by_activity ON routes (is_active, departs_at, id);
CREATE INDEX routes_by_kind ON routes (kind, departs_at, id);
CREATE INDEX routes_by_kind_and_activity ON routes (kind, is_active, departs_at, id);

-- What is remembered of a row is taken only for the version that was read (as on SQLite).
CREATE FUNCTION next_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER routes_versioned BEFORE UPDATE ON routes
    FOR EACH ROW EXECUTE FUNCTION next_version();
CREATE TRIGGER buses_versioned BEFORE UPDATE ON buses
    FOR EACH ROW EXECUTE FUNCTION next_version();

CREATE TABLE stops (
    route_id   uuid NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    stop_index smallint NOT NULL,
    name       text NOT NULL,
    -- The name folded, as cities are compared.
    city_key   text COLLATE "C" NOT NULL,
    time       timestamptz NOT NULL,
    sold_time  timestamptz,
    PRIMARY KEY (route_id, stop_index)
);
CREATE INDEX stops_by_city ON stops (city_key, time);
CREATE INDEX stops_by_time ON stops (time);

CREATE TABLE fares (
    route_id        uuid NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    from_stop_index smallint NOT NULL,
    to_stop_index   smallint NOT NULL,
    price           bigint NOT NULL,
    is_sold         boolean NOT NULL,
    PRIMARY KEY (route_id, from_stop_index, to_stop_index)
);

CREATE TABLE segments (
    from_key        text COLLATE "C" NOT NULL,
    to_key          text COLLATE "C" NOT NULL,
    is_active       boolean NOT NULL,
    -- At the segment's first stop.
    departs_at      timestamptz NOT NULL,
    route_id        uuid NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    from_stop_index smallint NOT NULL,
    to_stop_index   smallint NOT NULL,
    price           bigint NOT NULL,
    -- Whether it begins and ends where the bus does.
    is_head         boolean NOT NULL,
    is_tail         boolean NOT NULL,
    PRIMARY KEY (from_key, to_key, is_active, departs_at, route_id)
);
CREATE INDEX segments_by_route ON segments (route_id);
CREATE INDEX segments_to_the_end ON segments (from_key, is_active, departs_at, route_id) WHERE is_tail;
CREATE INDEX segments_from_the_start ON segments (to_key, is_active, departs_at, route_id) WHERE is_head;
CREATE INDEX segments_of_whole_routes ON segments (is_active, departs_at, route_id)
    WHERE is_head AND is_tail;

CREATE TABLE bus_positions (
    route_id uuid PRIMARY KEY REFERENCES routes (id) ON DELETE CASCADE,
    lat      integer NOT NULL,
    lng      integer NOT NULL,
    -- Tenths of a kilometre an hour.
    speed    integer,
    at       timestamptz NOT NULL
);
CREATE INDEX bus_positions_by_time ON bus_positions (at);

-- What is sold.

CREATE TABLE bookings (
    id            uuid PRIMARY KEY,
    pnr           text COLLATE "C" NOT NULL UNIQUE,
    -- The account that booked for itself.
    user_id       uuid REFERENCES users (id),
    contact_name  text,
    contact_phone text NOT NULL,
    contact_email text,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);

CREATE TABLE tickets (
    id               uuid PRIMARY KEY,
    booking_id       uuid NOT NULL REFERENCES bookings (id),
    pnr              text COLLATE "C" NOT NULL,
    route_id         uuid NOT NULL REFERENCES routes (id),
    user_id          uuid REFERENCES users (id),
    issued_by_id     uuid REFERENCES users (id),
    from_city        text NOT NULL,
    to_city          text NOT NULL,
    from_stop_index  smallint NOT NULL,
    to_stop_index    smallint NOT NULL,
    seat_number      smallint NOT NULL,
    gender           text COLLATE "C" NOT NULL,
    price            bigint NOT NULL,
    identity_number  text COLLATE "C",
    passport_number  text,
    passport_country text,
    -- The booking's contact's: tickets are looked up by it.
    phone            text COLLATE "C" NOT NULL,
    passenger_name   text NOT NULL,
    status           text COLLATE "C" NOT NULL,
    payment_status   text COLLATE "C" NOT NULL,
    expires_at       timestamptz,
    suspended_at     timestamptz,
    cancelled_at     timestamptz,
    cancel_cause     text COLLATE "C",
    changed_by_id    uuid REFERENCES users (id),
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    from_key         text COLLATE "C" NOT NULL,
    to_key           text COLLATE "C" NOT NULL,
    -- Status, payment status and gender as one number: ranges of an index that differ in it alone are
    -- each in the order of ids.
    facet            smallint NOT NULL GENERATED ALWAYS AS (
        CASE status WHEN 'RESERVED' THEN 0 WHEN 'CONFIRMED' THEN 9 WHEN 'SUSPENDED' THEN 18 ELSE 27 END
        + CASE payment_status WHEN 'PENDING' THEN 0 WHEN 'PAID' THEN 3 ELSE 6 END
        + CASE gender WHEN 'MALE' THEN 0 WHEN 'FEMALE' THEN 1 ELSE 2 END
    ) STORED
);
CREATE INDEX tickets_by_booking ON tickets (booking_id, id);
-- RESERVED, said otherwise than in `tickets_by_hold_end`: or those of a route could be looked for there,
-- among the holds of all routes.
CREATE INDEX tickets_reserved ON tickets (route_id) WHERE facet < 9;
CREATE INDEX tickets_by_hold_end ON tickets (expires_at) WHERE status = 'RESERVED';
CREATE INDEX tickets_by_route ON tickets (route_id, from_stop_index, to_stop_index, facet, id);
CREATE INDEX tickets_by_user ON tickets (user_id, facet, id) WHERE user_id IS NOT NULL;
CREATE INDEX tickets_by_issuer ON tickets (issued_by_id, facet, id) WHERE issued_by_id IS NOT NULL;
CREATE INDEX tickets_by_phone ON tickets (phone, facet, id);
CREATE INDEX tickets_by_identity ON tickets (identity_number, facet, id)
    WHERE identity_number IS NOT NULL;
CREATE INDEX tickets_by_cities ON tickets (from_key, to_key, facet, id);
CREATE INDEX tickets_by_facet ON tickets (facet, id);

-- Never sold twice: at most one holder for each leg of a seat. Kinds: 0 ticket, 1 hold, 2 block.
CREATE TABLE seat_legs (
    route_id    uuid NOT NULL,
    seat_number smallint NOT NULL,
    leg         smallint NOT NULL,
    holder_kind smallint NOT NULL,
    holder_id   uuid NOT NULL,
    CONSTRAINT seat_legs_one_holder PRIMARY KEY (route_id, seat_number, leg)
);

CREATE TABLE holds (
    id              uuid PRIMARY KEY,
    -- SHA-256. The token itself is nowhere.
    token_hash      bytea NOT NULL UNIQUE,
    route_id        uuid NOT NULL,
    from_stop_index smallint NOT NULL,
    to_stop_index   smallint NOT NULL,
    -- Rising.
    seats           smallint[] NOT NULL,
    -- Who took it; NULL without an account.
    user_id         uuid,
    -- A keyed hash of the address; only while the hold is live.
    address         bytea,
    state           text COLLATE "C" NOT NULL,
    expires_at      timestamptz NOT NULL,
    is_extended     boolean NOT NULL,
    created_at      timestamptz NOT NULL,
    ended_at        timestamptz
);
CREATE INDEX holds_by_end ON holds (expires_at) WHERE state = 'LIVE';
-- Live ones, said otherwise than in `holds_by_end`, or those of a route could be looked for there.
CREATE INDEX holds_by_route ON holds (route_id) WHERE ended_at IS NULL;
CREATE INDEX holds_ended ON holds (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE blocks (
    id              uuid PRIMARY KEY,
    route_id        uuid NOT NULL REFERENCES routes (id),
    from_stop_index smallint NOT NULL,
    to_stop_index   smallint NOT NULL,
    seats           smallint[] NOT NULL,
    reason          text NOT NULL,
    created_at      timestamptz NOT NULL
);
CREATE INDEX blocks_by_route ON blocks (route_id, id);

CREATE TABLE run_outs (
    route_id    uuid NOT NULL,
    -- As in seat_legs.
    holder_kind smallint NOT NULL,
    holder_id   uuid NOT NULL,
    user_id     uuid,
    -- Of a booking without an account.
    phone       text,
    -- A keyed hash.
    address     bytea,
    seats       bigint NOT NULL,
    since       timestamptz NOT NULL,
    ran_out_at  timestamptz NOT NULL,
    PRIMARY KEY (route_id, holder_kind, holder_id)
);
CREATE INDEX run_outs_by_time ON run_outs (ran_out_at);

CREATE TABLE reserved_from (
    ticket_id uuid PRIMARY KEY,
    -- A keyed hash.
    address   bytea NOT NULL
);

CREATE TABLE payments (
    id             uuid PRIMARY KEY,
    booking_id     uuid NOT NULL REFERENCES bookings (id),
    method         text NOT NULL,
    provider       text NOT NULL,
    -- What the shares are together, and what their states say together.
    amount         bigint NOT NULL,
    state          text COLLATE "C" NOT NULL,
    -- NULL: a guest, who is known by the booking.
    paid_by_id     uuid REFERENCES users (id),
    transaction_id text,
    decline_code   text,
    created_at     timestamptz NOT NULL,
    paid_at        timestamptz
);
CREATE INDEX payments_by_booking ON payments (booking_id, created_at);
CREATE INDEX payments_unfinished ON payments (created_at, id) WHERE state IN ('STARTED', 'REFUNDING');

CREATE TABLE payment_shares (
    payment_id  uuid NOT NULL REFERENCES payments (id),
    ticket_id   uuid NOT NULL REFERENCES tickets (id),
    amount      bigint NOT NULL,
    state       text COLLATE "C" NOT NULL,
    refunded_at timestamptz,
    -- The payment's, and whom the ticket is for: their history shows what somebody else paid.
    paid_by_id  uuid,
    owner_id    uuid,
    PRIMARY KEY (payment_id, ticket_id)
);
CREATE INDEX payment_shares_by_payer ON payment_shares (paid_by_id, payment_id, ticket_id)
    WHERE paid_by_id IS NOT NULL AND state IN ('CAPTURED', 'REFUNDING', 'REFUNDED');
CREATE INDEX payment_shares_by_owner ON payment_shares (owner_id, payment_id, ticket_id)
    WHERE owner_id IS NOT NULL AND owner_id IS DISTINCT FROM paid_by_id
    AND state IN ('CAPTURED', 'REFUNDING', 'REFUNDED');

-- What happened, in one order.

CREATE TABLE route_events (
    -- The order in which the store committed, without a hole; given out under the clock.
    position        bigint PRIMARY KEY,
    route_id        uuid NOT NULL,
    ordinal         bigint NOT NULL,
    -- In a change of the route: that of the last seat event before it.
    seq             bigint NOT NULL,
    kind            text NOT NULL,
    at              timestamptz NOT NULL,
    -- Of a seat's event; NULL in a change of the route.
    seat_number     smallint,
    from_stop_index smallint,
    to_stop_index   smallint,
    from_city       text,
    to_city         text,
    price           bigint,
    gender          text,
    reason          text,
    ticket_id       uuid,
    pnr             text,
    owner_id        uuid,
    UNIQUE (route_id, ordinal)
);

CREATE VIEW route_heads AS
SELECT routes.id AS route_id, coalesce(newest.ordinal, 0) AS ordinal, coalesce(newest.seq, 0) AS seq
FROM routes LEFT JOIN LATERAL (
    SELECT ordinal, seq FROM route_events WHERE route_events.route_id = routes.id
    ORDER BY ordinal DESC LIMIT 1
) newest ON true;

-- One row for each committed group of writes, in their order. The newest is read by index.
CREATE TABLE groups (
    number     bigint PRIMARY KEY,
    -- Of the newest event at its end.
    last_place bigint NOT NULL,
    -- Drawn at random: after a failover that lost groups, a number is given out again with another id.
    id         uuid NOT NULL UNIQUE,
    -- The id of the group before.
    id_before  uuid NOT NULL,
    -- The process that wrote it.
    writer     uuid NOT NULL,
    at         timestamptz NOT NULL
);
-- What the first one continues.
INSERT INTO groups SELECT 0, 0, nil, nil, nil, 'epoch'
FROM CAST('00000000-0000-0000-0000-000000000000' AS uuid) AS nil;

CREATE TABLE idempotency_keys (
    -- A digest of whose key it is and which.
    id          bytea PRIMARY KEY,
    -- A digest of the request.
    fingerprint bytea NOT NULL,
    -- While it is running: what ends with this payment. Then there is no answer yet.
    payment_id  uuid,
    status      integer,
    content     bytea,
    created_at  timestamptz NOT NULL
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_running ON idempotency_keys (payment_id) WHERE payment_id IS NOT NULL;

CREATE TABLE audit (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    -- The role of an account, or GUEST, or SYSTEM.
    actor      text NOT NULL,
    actor_id   uuid,
    action     text NOT NULL,
    subject    text NOT NULL,
    -- NULL where one of the next three is the subject's.
    subject_id uuid,
    ticket_id  uuid,
    booking_id uuid,
    route_id   uuid,
    request_id text,
    -- JSON objects, as they were written.
    before     json,
    after      json
);
CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_by_booking ON audit (booking_id, at, id) WHERE booking_id IS NOT NULL;
CREATE INDEX audit_by_route ON audit (route_id, at, id) WHERE route_id IS NOT NULL;
CREATE INDEX audit_by_actor ON audit (actor_id, at, id) WHERE actor_id IS NOT NULL;

-- Sessions of viewers that may come back: who they are and which rooms they are in, as the gateway
-- writes it. The key is a hash, so that reading the database lets nobody take a session over.
CREATE TABLE viewer_sessions (
    key  bytea PRIMARY KEY,
    data bytea NOT NULL
);
