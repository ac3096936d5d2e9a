-- Sessions of viewers that may come back: who they are and which rooms they are in, as the gateway
-- writes it. The key is a hash, so that reading the database lets nobody take a session over.
CREATE TABLE viewer_sessions (
    key  BLOB PRIMARY KEY,
    data BLOB NOT NULL
) STRICT, WITHOUT ROWID;
