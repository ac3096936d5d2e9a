-- The second factor of an account: a secret (sealed) that a telephone makes codes of. A login needs one once
-- it is confirmed; no code of a half minute up to the last one is taken again.
SET LOCAL lock_timeout = '200ms';

CREATE TABLE second_factors (
    user_id      uuid PRIMARY KEY,
    sealed       bytea NOT NULL,
    confirmed_at timestamptz,
    last_step    bigint NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL
);

-- For the day on which the telephone is lost: digests of codes that are each good once.
CREATE TABLE recovery_codes (
    user_id uuid NOT NULL,
    digest  bytea NOT NULL,
    PRIMARY KEY (user_id, digest)
);
