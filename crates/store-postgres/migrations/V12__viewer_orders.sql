-- What administrators order of viewers on all servers, in the order in which it was ordered: each server
-- reads what is behind the last one that it has carried out. Without a message viewers are disconnected.
SET LOCAL lock_timeout = '200ms';

CREATE TABLE viewer_orders (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node_id  uuid NOT NULL,
    user_id  uuid,
    route_id uuid,
    message  text,
    at       timestamptz NOT NULL,
    CHECK ((user_id IS NULL) <> (route_id IS NULL))
);
