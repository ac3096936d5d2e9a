-- What a letter brings: a digest of the token that its reader shows. One of each use for each account.
CREATE TABLE mail_tokens (
    user_id    BLOB NOT NULL,
    used_for   TEXT NOT NULL,
    digest     BLOB NOT NULL UNIQUE,
    generation INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, used_for)
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_tokens_by_end ON mail_tokens (expires_at);

-- Letters that are to be sent, sealed: who reads the database reads none of them. Whoever takes some to send
-- moves their time, and nobody else takes them before.
CREATE TABLE outbox (
    id       BLOB PRIMARY KEY,
    sealed   BLOB NOT NULL,
    due_at   INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_by_due ON outbox (due_at);

-- Since when it is known that the account's address reaches its owner.
ALTER TABLE users ADD COLUMN email_verified_at INTEGER;
