-- Since when an account may not log in, and whether the demo made it (its password is public then).
ALTER TABLE users ADD COLUMN disabled_at INTEGER;
ALTER TABLE users ADD COLUMN is_demo INTEGER NOT NULL DEFAULT 0;

-- Accounts that the demo made before there was a mark. The names below `.example` belong to no one
-- (RFC 2606), so no real account is meant.
UPDATE users SET is_demo = 1 WHERE email IN
    ('customer@seatwire.example', 'agent@seatwire.example', 'admin@seatwire.example');

CREATE INDEX users_by_role ON users (role, email);
CREATE INDEX users_of_the_demo ON users (email) WHERE is_demo = 1;

-- Counts the changes of accounts, whoever makes them: this process, `seatwire admin` beside it, or a
-- tool. A process that remembers accounts looks here whether it has to forget them.
CREATE TABLE account_changes (
    only   INTEGER PRIMARY KEY CHECK (only = 1),
    number INTEGER NOT NULL
) STRICT;
INSERT INTO account_changes VALUES (1, 0);
CREATE TRIGGER users_are_changed AFTER UPDATE ON users BEGIN
    UPDATE account_changes SET number = number + 1;
END;
CREATE TRIGGER users_are_deleted AFTER DELETE ON users BEGIN
    UPDATE account_changes SET number = number + 1;
END;
