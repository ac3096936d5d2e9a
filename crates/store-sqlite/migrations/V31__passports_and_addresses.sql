-- A passenger shows a Turkish identity number or a passport.
ALTER TABLE tickets ADD COLUMN passport_number TEXT;
-- ISO 3166-1 alpha-3.
ALTER TABLE tickets ADD COLUMN passport_country TEXT;

-- From where a seat was reserved that is not paid yet: what one address owes is bounded, and must be known
-- again when a departure is read anew. Nothing is kept here of what is paid or has ended.
CREATE TABLE reserved_from (
    ticket_id BLOB PRIMARY KEY,
    -- A keyed hash.
    address   BLOB NOT NULL
) STRICT, WITHOUT ROWID;
