-- Personal values are encrypted with a data key: all of a row's together, in `sealed`. What is looked up
-- then stands as a keyed hash in the column that it is looked up by, and the others are empty. Rows without
-- `sealed` hold the values themselves.
SET LOCAL lock_timeout = '200ms';

ALTER TABLE users ADD COLUMN sealed bytea;
ALTER TABLE bookings ADD COLUMN sealed bytea;
ALTER TABLE tickets ADD COLUMN sealed bytea;

-- Each key that something may be encrypted with.
CREATE TABLE data_keys (
    id          text COLLATE "C" PRIMARY KEY,
    -- Says whether a key is this one, and nothing of it.
    check_value bytea NOT NULL,
    -- The one that servers encrypt with.
    is_current  boolean NOT NULL
);
