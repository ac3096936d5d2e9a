-- Tokens end before their time: all that are of an earlier generation but the spared one, and those that
-- were revoked one by one. An account that is over keeps its row, for what it has bought, sold and done
-- names it.
SET LOCAL lock_timeout = '200ms';

ALTER TABLE users
    ADD COLUMN generation   bigint NOT NULL DEFAULT 0,
    ADD COLUMN spared_token uuid,
    ADD COLUMN deleted_at   timestamptz;

CREATE TABLE revoked_tokens (
    user_id    uuid NOT NULL,
    token_id   uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, token_id)
);
CREATE INDEX revoked_tokens_by_end ON revoked_tokens (expires_at);
CREATE TRIGGER tokens_are_revoked AFTER INSERT ON revoked_tokens
    FOR EACH ROW EXECUTE FUNCTION count_account_changes();

-- What an account is found by: the beginnings of these words.
CREATE TABLE user_words (
    word    text COLLATE "C" NOT NULL,
    user_id uuid NOT NULL,
    PRIMARY KEY (word, user_id)
);

-- None is made for what was not deleted: while the table is small, it would be taken for questions by id.
CREATE INDEX users_disabled ON users (email) WHERE disabled_at IS NOT NULL;
