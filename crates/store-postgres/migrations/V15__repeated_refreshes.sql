-- The token that was shown last, and when: for some seconds it is answered with the same next one, to a
-- client that never got the answer.
SET LOCAL lock_timeout = '200ms';

ALTER TABLE refresh_families ADD COLUMN shown_before bytea;
ALTER TABLE refresh_families ADD COLUMN shown_at timestamptz;
