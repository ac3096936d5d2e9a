-- What buses offer. A bus has a copy, as of its layout; here stands which buses have to be written anew.
CREATE TABLE bus_features (
    id          BLOB PRIMARY KEY,
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL,
    description TEXT,
    icon_path   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX bus_features_by_name ON bus_features (name_key);

CREATE TABLE bus_feature_uses (
    feature_id BLOB NOT NULL REFERENCES bus_features (id),
    bus_id     BLOB NOT NULL REFERENCES buses (id) ON DELETE CASCADE,
    PRIMARY KEY (feature_id, bus_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bus_feature_uses_by_bus ON bus_feature_uses (bus_id);

ALTER TABLE buses ADD COLUMN features TEXT NOT NULL DEFAULT '[]';
-- The last known place, in millionths of a degree.
ALTER TABLE buses ADD COLUMN test_lat INTEGER;
ALTER TABLE buses ADD COLUMN test_lng INTEGER;

-- With what a device on a bus shows whose it is: the SHA-256 of it.
CREATE TABLE bus_tokens (
    bus_id     BLOB PRIMARY KEY REFERENCES buses (id) ON DELETE CASCADE,
    token_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest of each departure, and none that is old.
CREATE TABLE bus_positions (
    route_id BLOB PRIMARY KEY REFERENCES routes (id) ON DELETE CASCADE,
    lat      INTEGER NOT NULL,
    lng      INTEGER NOT NULL,
    -- Tenths of a kilometre an hour.
    speed    INTEGER,
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX bus_positions_by_time ON bus_positions (at);
