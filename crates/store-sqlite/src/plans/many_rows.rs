//! Fills a database directly, without the program.

use rusqlite::Connection;

/// Enough rows that a plan matters, in tables without statistics (`ANALYZE`).
pub(super) fn fill(connection: &Connection) {
    connection
        .execute_batch(
            "PRAGMA foreign_keys = OFF;
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
             INSERT INTO routes (id, bus_id, departs_at, price, kind, rest_stops, is_active,
                 created_at, updated_at)
             SELECT unhex(printf('%032x', i)), x'01', i * 3600000, 100, 'STANDARD', '[]', i % 9 > 0,
                 0, 0 FROM n;
             INSERT INTO stops (route_id, stop_index, name, city_key, time)
             SELECT routes.id, s.value, 'City' || s.value, 'city' || s.value,
                 routes.departs_at + s.value FROM routes, json_each('[0,1,2,3]') s;
             INSERT INTO segments SELECT a.city_key, b.city_key, routes.is_active, a.time, routes.id,
                 a.stop_index, b.stop_index, 100, a.stop_index = 0, b.stop_index = 3,
                 routes.kind, routes.bus_id FROM routes JOIN stops a ON a.route_id = routes.id
             JOIN stops b ON b.route_id = routes.id AND b.stop_index > a.stop_index;
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
             INSERT INTO bookings (id, pnr, pnr_rank, contact_phone, created_at, updated_at)
             SELECT unhex(printf('%032x', i)), 'VV' || i, i, '5' || i % 900, i, i FROM n;
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
             INSERT INTO tickets (id, booking_id, pnr, route_id, user_id, issued_by_id, from_city, to_city,
                 from_stop_index, to_stop_index, seat_number, gender, price, phone, passenger_name,
                 status, payment_status, created_at, updated_at, from_key, to_key, facet,
                 identity_number)
             SELECT unhex(printf('%032x', i)), unhex(printf('%032x', i)), 'VV' || i,
                 unhex(printf('%032x', 1 + i % 500)),
                 unhex(printf('%032x', i % 700)), unhex(printf('%032x', i % 20)), 'A', 'B', 0, 3,
                 1 + i / 500, 'MALE', 100, iif(i % 9, '5' || (i % 900), '5321234567'), 'P',
                 iif(i % 7, 'CONFIRMED', 'CANCELLED'), 'PAID', i, i, 'town' || (i % 4), 'town3',
                 iif(i % 7, 12, 30), iif(i % 11, NULL, '10000000146') FROM n;
             INSERT INTO seat_legs (route_id, seat_number, leg, holder_id)
                 SELECT route_id, seat_number, 0, id FROM tickets;
             INSERT INTO reserved_from SELECT id, x'00' FROM tickets WHERE identity_number IS NULL;
             INSERT INTO payments (id, booking_id, method, provider, amount, state, paid_by_id,
                 created_at)
             SELECT id, id, 'CASH', 'cash', 100, 'CAPTURED', issued_by_id, created_at FROM tickets;
             INSERT INTO payment_shares (payment_id, ticket_id, amount, state, paid_by_id, owner_id)
             SELECT id, id, 100, 'CAPTURED', issued_by_id, user_id FROM tickets;
             INSERT INTO audit (at, actor, actor_id, action, subject, ticket_id, booking_id, route_id)
             SELECT created_at, 'AGENT', issued_by_id, 'sold', 'TICKET', id, booking_id, route_id
             FROM tickets;
             WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
             INSERT INTO groups SELECT i, i, zeroblob(16), zeroblob(16), zeroblob(16), i FROM n;",
        )
        .unwrap();
}
