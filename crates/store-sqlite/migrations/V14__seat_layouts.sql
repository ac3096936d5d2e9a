-- Named layouts. How a layout is written as text is the domain's business.
CREATE TABLE seat_layouts (
    id         BLOB PRIMARY KEY,
    name       TEXT NOT NULL,
    -- The name folded: two spellings are one name.
    name_key   TEXT NOT NULL,
    layout     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX seat_layouts_by_name ON seat_layouts (name_key);

-- A bus has a copy of its layout, so that whoever reads a bus reads one row. A change of the layout
-- writes the copies in its own transaction.
ALTER TABLE buses ADD COLUMN layout_id BLOB REFERENCES seat_layouts (id);
ALTER TABLE buses ADD COLUMN layout_name TEXT;
CREATE INDEX buses_by_layout_id ON buses (layout_id) WHERE layout_id IS NOT NULL;

-- Was JSON of single cells, x across.
UPDATE buses SET layout = layout_form(layout, layout_type, seat_count);
