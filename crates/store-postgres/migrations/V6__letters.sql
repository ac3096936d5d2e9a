-- What a letter brings: a digest of the token that its reader shows. One of each use for each account.
SET LOCAL lock_timeout = '200ms';

CREATE TABLE mail_tokens (
    user_id    uuid NOT NULL,
    used_for   text NOT NULL,
    digest     bytea NOT NULL UNIQUE,
    generation bigint NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, used_for)
);
CREATE INDEX mail_tokens_by_end ON mail_tokens (expires_at);

-- Letters that are to be sent, sealed: who reads the database reads none of them. Whoever takes some to send
-- moves their time, and nobody else takes them before.
CREATE TABLE outbox (
    id       uuid PRIMARY KEY,
    sealed   bytea NOT NULL,
    due_at   timestamptz NOT NULL,
    attempts bigint NOT NULL DEFAULT 0
);
CREATE INDEX outbox_by_due ON outbox (due_at);

-- Since when it is known that the account's address reaches its owner.
ALTER TABLE users ADD COLUMN email_verified_at timestamptz;
