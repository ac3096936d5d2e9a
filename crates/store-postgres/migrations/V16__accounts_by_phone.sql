-- Accounts by their phone number, or by its keyed hash, for whoever asks what is held of a person.
SET LOCAL lock_timeout = '200ms';

CREATE INDEX users_by_phone ON users (phone) WHERE phone IS NOT NULL;
