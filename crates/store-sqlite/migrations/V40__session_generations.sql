-- Sessions of viewers, and the processes (nodes) that have them. A session that is taken over gets the
-- next generation, and nothing that is written under an earlier one counts. One that nobody has left
-- counts as left when its node's lease ends. Those of before begin anew: nobody knows who had them.
CREATE TABLE viewer_nodes (
    id          BLOB PRIMARY KEY,
    lease_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX viewer_nodes_by_lease ON viewer_nodes (lease_until);

DROP TABLE viewer_sessions;
CREATE TABLE viewer_sessions (
    key        BLOB PRIMARY KEY,
    generation INTEGER NOT NULL,
    node_id    BLOB NOT NULL REFERENCES viewer_nodes (id),
    -- While somebody has it: NULL.
    left_at    INTEGER,
    data       BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX viewer_sessions_left ON viewer_sessions (left_at) WHERE left_at IS NOT NULL;
CREATE INDEX viewer_sessions_by_node ON viewer_sessions (node_id);
