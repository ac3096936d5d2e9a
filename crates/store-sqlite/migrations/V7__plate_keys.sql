-- One vehicle, one row, however its plate was typed. Where two rows are of one plate the older one has
-- the key, and the other is kept without one until somebody gives it another plate.
ALTER TABLE buses ADD COLUMN plate_key TEXT;
UPDATE buses SET plate_key = plate_key(plate) WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY plate_key(plate) ORDER BY created_at, id) AS place
        FROM buses
    ) WHERE place = 1
);
CREATE UNIQUE INDEX buses_by_plate_key ON buses (plate_key);
UPDATE OR IGNORE buses SET plate = plate_form(plate) WHERE plate_key IS NOT NULL;
