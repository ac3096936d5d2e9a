-- Whoever books for themselves has issued that ticket. (Staff who sell to somebody were noted before.)
UPDATE tickets SET issued_by_id = user_id WHERE issued_by_id IS NULL AND user_id IS NOT NULL;

-- A stop's time as it was when its route's first seat was sold; NULL as long as no delay has moved it.
ALTER TABLE stops ADD COLUMN sold_time INTEGER;
