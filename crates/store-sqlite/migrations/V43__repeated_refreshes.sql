-- The token that was shown last, and when: for some seconds it is answered with the same next one, to a
-- client that never got the answer.
ALTER TABLE refresh_families ADD COLUMN shown_before BLOB;
ALTER TABLE refresh_families ADD COLUMN shown_at INTEGER;
