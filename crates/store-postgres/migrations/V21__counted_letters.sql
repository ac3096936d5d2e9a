-- How many letters of a kind an account has got since one of their tokens was used: each pause is twice as long as
-- the one before.
SET LOCAL lock_timeout = '200ms';

ALTER TABLE mail_tokens ADD COLUMN letters bigint NOT NULL DEFAULT 1;
