-- What queries have read of a departure and of its bus they keep, for as long as the version stays: it
-- moves with every change but that of a departure's numbers, which move with every sale. Triggers,
-- because no way of writing passes them by. Stops and fares are written with their departure.
ALTER TABLE routes ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE buses ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER routes_versioned AFTER UPDATE OF bus_id, departs_at, arrives_at, price, kind, rest_stops,
    captain, first_driver, second_driver, assistant, is_active, created_at, updated_at ON routes BEGIN
    UPDATE routes SET version = version + 1 WHERE id = NEW.id;
END;
CREATE TRIGGER buses_versioned AFTER UPDATE ON buses WHEN NEW.version = OLD.version BEGIN
    UPDATE buses SET version = version + 1 WHERE id = NEW.id;
END;
