-- Holds that ran out unpaid, counted for each account and departure while the bus has not arrived: who
-- keeps seats from others by letting them run out again and again. Kept up by whatever ends a hold.

CREATE TABLE expired_holds (
    user_id    BLOB NOT NULL,
    route_id   BLOB NOT NULL,
    holds      INTEGER NOT NULL,
    -- The route's, when it was last counted: after it the row is of no more use.
    arrives_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, route_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX expired_holds_by_count ON expired_holds (holds DESC);
CREATE INDEX expired_holds_by_arrival ON expired_holds (arrives_at);

INSERT INTO expired_holds
SELECT tickets.user_id, routes.id, count(*), routes.arrives_at
FROM tickets JOIN routes ON routes.id = tickets.route_id
WHERE tickets.cancel_cause = 'EXPIRED' AND tickets.user_id IS NOT NULL
    AND routes.arrives_at > unixepoch() * 1000
GROUP BY tickets.user_id, routes.id, routes.arrives_at;

-- Of all departures that ever were; one row.
CREATE TABLE expired_hold_figures (total INTEGER NOT NULL) STRICT;
INSERT INTO expired_hold_figures SELECT count(*) FROM tickets WHERE cancel_cause = 'EXPIRED';

CREATE TRIGGER hold_expired AFTER UPDATE OF cancel_cause ON tickets
WHEN NEW.cancel_cause = 'EXPIRED' AND OLD.cancel_cause IS NOT 'EXPIRED' BEGIN
    UPDATE expired_hold_figures SET total = total + 1;
    INSERT INTO expired_holds
    SELECT NEW.user_id, id, 1, arrives_at FROM routes
    WHERE id = NEW.route_id AND NEW.user_id IS NOT NULL
    ON CONFLICT DO UPDATE SET holds = holds + 1, arrives_at = excluded.arrives_at;
    DELETE FROM expired_holds WHERE arrives_at <= NEW.cancelled_at;
END;

-- A payment that was under way when the hold ran out has won the seat back: it was paid after all.
CREATE TRIGGER hold_won_back AFTER UPDATE OF cancel_cause ON tickets
WHEN OLD.cancel_cause = 'EXPIRED' AND NEW.cancel_cause IS NOT 'EXPIRED' BEGIN
    UPDATE expired_hold_figures SET total = total - 1;
    UPDATE expired_holds SET holds = holds - 1
    WHERE user_id = NEW.user_id AND route_id = NEW.route_id;
    DELETE FROM expired_holds
    WHERE user_id = NEW.user_id AND route_id = NEW.route_id AND holds <= 0;
END;
