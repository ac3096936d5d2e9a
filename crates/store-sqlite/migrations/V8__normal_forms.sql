-- What is looked up is kept in the form in which it is looked up. A row whose form belongs to another
-- row already is left as it is.
UPDATE OR IGNORE users SET email = email_form(email) WHERE email <> email_form(email);
UPDATE OR IGNORE stations SET slug = slug_form(name) WHERE slug_form(name) NOT IN ('', slug);

-- Where two stops of a route are one city now, its segments are those of the first.
CREATE TEMP TABLE rekeyed AS SELECT DISTINCT route_id FROM stops WHERE city_key <> city_key(name);
UPDATE stops SET city_key = city_key(name) WHERE route_id IN (SELECT route_id FROM rekeyed);
DELETE FROM segments WHERE route_id IN (SELECT route_id FROM rekeyed);
INSERT OR IGNORE INTO segments
SELECT a.city_key, b.city_key, routes.is_active, a.time, routes.id, a.stop_index, b.stop_index,
    ifnull(fares.price, routes.price), a.stop_index = 0,
    b.stop_index = (SELECT max(stop_index) FROM stops WHERE stops.route_id = routes.id)
FROM rekeyed
JOIN routes ON routes.id = rekeyed.route_id
JOIN stops a ON a.route_id = routes.id
JOIN stops b ON b.route_id = routes.id AND b.stop_index > a.stop_index
LEFT JOIN fares ON fares.route_id = routes.id AND fares.from_stop_index = a.stop_index
    AND fares.to_stop_index = b.stop_index
WHERE ifnull(fares.is_sold, 1)
ORDER BY routes.id, a.stop_index, b.stop_index;
DROP TABLE rekeyed;
