-- A leg is held by a ticket, by a hold or by a block: the id alone does not say by which.
ALTER TABLE seat_legs RENAME COLUMN ticket_id TO holder_id;
-- 0: a ticket, 1: a hold, 2: a block.
ALTER TABLE seat_legs ADD COLUMN holder_kind INTEGER NOT NULL DEFAULT 0;
