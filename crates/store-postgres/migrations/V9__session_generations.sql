-- Sessions of viewers, and the processes (nodes) that have them. A session that is taken over gets the
-- next generation, and nothing that is written under an earlier one counts. One that nobody has left
-- counts as left when its node's lease ends. Those of before begin anew: nobody knows who had them.
SET LOCAL lock_timeout = '200ms';

CREATE TABLE viewer_nodes (
    id          uuid PRIMARY KEY,
    lease_until timestamptz NOT NULL
);
CREATE INDEX viewer_nodes_by_lease ON viewer_nodes (lease_until);

TRUNCATE viewer_sessions;
ALTER TABLE viewer_sessions
    ADD COLUMN generation bigint NOT NULL,
    ADD COLUMN node_id    uuid NOT NULL REFERENCES viewer_nodes (id),
    -- While somebody has it: NULL.
    ADD COLUMN left_at    timestamptz;
CREATE INDEX viewer_sessions_left ON viewer_sessions (left_at) WHERE left_at IS NOT NULL;
CREATE INDEX viewer_sessions_by_node ON viewer_sessions (node_id);
