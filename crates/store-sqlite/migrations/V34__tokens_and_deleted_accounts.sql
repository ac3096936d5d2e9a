-- Tokens end before their time: all that are of an earlier generation but the spared one, and those that
-- were revoked one by one.
ALTER TABLE users ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN spared_token BLOB;

-- An account that is over keeps its row, for what it has bought, sold and done names it.
ALTER TABLE users ADD COLUMN deleted_at INTEGER;

CREATE TABLE revoked_tokens (
    user_id    BLOB NOT NULL,
    token_id   BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, token_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX revoked_tokens_by_end ON revoked_tokens (expires_at);
CREATE TRIGGER tokens_are_revoked AFTER INSERT ON revoked_tokens BEGIN
    UPDATE account_changes SET number = number + 1;
END;

-- What an account is found by: the beginnings of these words.
CREATE TABLE user_words (
    word    TEXT NOT NULL,
    user_id BLOB NOT NULL,
    PRIMARY KEY (word, user_id)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO user_words
    SELECT word, id FROM (
        SELECT city_key(email) AS word, id FROM users
        UNION ALL SELECT city_key(first_name), id FROM users
        UNION ALL SELECT city_key(last_name), id FROM users
        UNION ALL SELECT city_key(first_name || ' ' || last_name), id FROM users
    ) WHERE word <> '';

DROP INDEX users_by_role;
CREATE INDEX users_by_role ON users (role, email) WHERE deleted_at IS NULL;
CREATE INDEX users_in_use ON users (email) WHERE deleted_at IS NULL;
CREATE INDEX users_disabled ON users (email) WHERE disabled_at IS NOT NULL AND deleted_at IS NULL;
