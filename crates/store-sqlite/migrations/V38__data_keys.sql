-- Personal values are encrypted with a data key: all of a row's together, in `sealed`. What is looked up
-- then stands as a keyed hash in the column that it is looked up by, and the others are empty. Rows without
-- `sealed` hold the values themselves.
ALTER TABLE users ADD COLUMN sealed BLOB;
ALTER TABLE bookings ADD COLUMN sealed BLOB;
ALTER TABLE tickets ADD COLUMN sealed BLOB;

-- Each key that something may be encrypted with.
CREATE TABLE data_keys (
    id          TEXT PRIMARY KEY,
    -- Says whether a key is this one, and nothing of it.
    check_value BLOB NOT NULL,
    -- The one that servers encrypt with.
    is_current  INTEGER NOT NULL
) STRICT;
