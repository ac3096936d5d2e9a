-- The second factor of an account: a secret (sealed) that a telephone makes codes of. A login needs one once
-- it is confirmed; no code of a half minute up to the last one is taken again.
CREATE TABLE second_factors (
    user_id      BLOB PRIMARY KEY,
    sealed       BLOB NOT NULL,
    confirmed_at INTEGER,
    last_step    INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- For the day on which the telephone is lost: digests of codes that are each good once.
CREATE TABLE recovery_codes (
    user_id BLOB NOT NULL,
    digest  BLOB NOT NULL,
    PRIMARY KEY (user_id, digest)
) STRICT, WITHOUT ROWID;
