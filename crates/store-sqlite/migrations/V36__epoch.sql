-- Which history the places of this database belong to: drawn here, and anew when a backup is put back. One
-- row. Offsets that viewers come back with carry it.
CREATE TABLE epoch (
    number INTEGER NOT NULL
) STRICT;
INSERT INTO epoch VALUES (abs(random() % 4294967296));
