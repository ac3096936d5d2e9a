-- Work that several nodes look for and one is to do: who does it, and until when nobody else does. What
-- is done is decided again, so a claim only saves work, and may end at any time.
SET LOCAL lock_timeout = '200ms';

CREATE TABLE work_claims (
    work          text NOT NULL,
    id            uuid NOT NULL,
    node_id       uuid NOT NULL,
    claimed_until timestamptz NOT NULL,
    PRIMARY KEY (work, id)
);
CREATE INDEX work_claims_by_end ON work_claims (claimed_until);
