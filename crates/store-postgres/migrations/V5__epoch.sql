-- Which history the places of this database belong to, as far as the database itself cannot tell: drawn
-- here, and anew when a copy is put in its place. One row. Offsets that viewers come back with carry it.
SET LOCAL lock_timeout = '200ms';

CREATE TABLE epoch (
    number bigint NOT NULL
);
INSERT INTO epoch VALUES (floor(random() * 4294967296)::bigint);
