-- When each epoch of the database was seen first, and up to which place it is certainly the history that was
-- before it. A viewer that says only how far it got may come from that one: what it saw behind there may
-- never have happened here.
SET LOCAL lock_timeout = '200ms';

CREATE TABLE known_epochs (
    epoch      bigint PRIMARY KEY,
    same_up_to bigint NOT NULL,
    seen_at    timestamptz NOT NULL
);
