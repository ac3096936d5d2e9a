//! Fills a database directly, without the program.

use tokio_postgres::Client;

/// Tickets with all that belongs to them, each with its number; departures, people and buses in
/// proportion.
pub(super) async fn fill(client: &Client, first: u32, last: u32) {
    let sql = FILL.replace(":first", &first.to_string()).replace(":last", &last.to_string());
    client.batch_execute(&sql).await.unwrap();
}

const FILL: &str = "
    CREATE OR REPLACE FUNCTION pg_temp.id(number bigint) RETURNS uuid LANGUAGE sql
        AS $$ SELECT lpad(to_hex(number), 32, '0')::uuid $$;
    INSERT INTO users (id, email, password_hash, first_name, last_name, role, created_at, updated_at)
    SELECT pg_temp.id(i), i || '@b.cd', '', 'A', 'B',
        (ARRAY['CUSTOMER', 'CUSTOMER', 'AGENT', 'ADMIN'])[1 + i / 7 % 4], now(), now()
    FROM generate_series(:first, :last) i WHERE i % 7 = 1;
    INSERT INTO buses (id, plate, plate_key, model, seat_count, layout_type, layout, specs, brand_key,
        created_at, updated_at)
    SELECT pg_temp.id(i), 'P' || i, 'P' || i, 'M', 40, 'LAYOUT_2_1', '', '{}', 'b' || i % 5, now(), now()
    FROM generate_series(:first, :last) i WHERE i % 400 = 1;
    INSERT INTO routes (id, bus_id, departs_at, arrives_at, price, kind, rest_stops, is_active,
        created_at, updated_at)
    SELECT pg_temp.id(i), pg_temp.id(1 + i / 400 * 400), now() + i * interval '1 minute',
        now() + i * interval '1 minute' + interval '6 hours', 100, 'STANDARD', '[]', i % 9 > 0, now(), now()
    FROM generate_series(:first, :last) i WHERE i % 20 = 1;
    INSERT INTO stops (route_id, stop_index, name, city_key, time)
    SELECT id, s, 'City' || s, 'city' || s, departs_at + s * interval '1 hour'
    FROM routes, generate_series(0, 3) s WHERE id BETWEEN pg_temp.id(:first) AND pg_temp.id(:last);
    INSERT INTO fares (route_id, from_stop_index, to_stop_index, price, is_sold)
    SELECT id, 0, 3, 90, true FROM routes WHERE id BETWEEN pg_temp.id(:first) AND pg_temp.id(:last);
    INSERT INTO segments (from_key, to_key, is_active, departs_at, route_id, from_stop_index,
        to_stop_index, price, is_head, is_tail, kind, bus_id)
    SELECT a.city_key, b.city_key, is_active, a.time, routes.id, a.stop_index, b.stop_index, 100,
        a.stop_index = 0, b.stop_index = 3, routes.kind, routes.bus_id
    FROM routes JOIN stops a ON a.route_id = routes.id
    JOIN stops b ON b.route_id = routes.id AND b.stop_index > a.stop_index
    WHERE routes.id BETWEEN pg_temp.id(:first) AND pg_temp.id(:last);
    INSERT INTO bookings (id, pnr, contact_phone, created_at, updated_at)
    SELECT pg_temp.id(i), 'VV' || i, '5' || i % 900, now(), now() FROM generate_series(:first, :last) i;
    INSERT INTO tickets (id, booking_id, pnr, route_id, user_id, issued_by_id, from_city, to_city,
        from_stop_index, to_stop_index, seat_number, gender, price, phone, passenger_name, status,
        payment_status, expires_at, created_at, updated_at, from_key, to_key, identity_number)
    SELECT pg_temp.id(i), pg_temp.id(i), 'VV' || i, pg_temp.id(1 + i / 20 * 20),
        pg_temp.id(1 + i / 7 * 7 % 700), pg_temp.id(1 + i % 3 * 7), 'A', 'B', 0, 3, 1 + i % 20, 'MALE',
        100, '5' || i % 900, 'P', (ARRAY['CONFIRMED', 'CANCELLED', 'RESERVED'])[1 + i % 3], 'PENDING',
        now(), now(), now(), 'town' || i % 4, 'town3', CASE WHEN i % 11 > 0 THEN '1' || i END
    FROM generate_series(:first, :last) i WHERE i % 20 <> 0;
    INSERT INTO seat_legs (route_id, seat_number, leg, holder_kind, holder_id)
    SELECT route_id, seat_number, 0, 0, id FROM tickets
    WHERE id BETWEEN pg_temp.id(:first) AND pg_temp.id(:last);
    INSERT INTO payments (id, booking_id, method, provider, amount, state, created_at)
    SELECT id, id, 'CASH', 'cash', 100, 'CAPTURED', now() FROM tickets
    WHERE id BETWEEN pg_temp.id(:first) AND pg_temp.id(:last);
    INSERT INTO payment_shares (payment_id, ticket_id, amount, state, paid_by_id, owner_id)
    SELECT id, id, 100, 'CAPTURED', issued_by_id, user_id FROM tickets
    WHERE id BETWEEN pg_temp.id(:first) AND pg_temp.id(:last);
    INSERT INTO route_events (position, route_id, ordinal, seq, kind, at)
    SELECT i, pg_temp.id(1 + i / 20 * 20), i, i, 'price', now() FROM generate_series(:first, :last) i;
    INSERT INTO groups (number, last_place, id, id_before, writer, at)
    SELECT i, i, pg_temp.id(i), pg_temp.id(i - 1), pg_temp.id(0), now() FROM generate_series(:first, :last) i;
    INSERT INTO audit (at, actor, actor_id, action, subject, ticket_id, booking_id, route_id)
    SELECT now(), 'AGENT', issued_by_id, 'sold', 'TICKET', id, booking_id, route_id FROM tickets
    WHERE id BETWEEN pg_temp.id(:first) AND pg_temp.id(:last);
    INSERT INTO idempotency_keys (id, fingerprint, status, created_at)
    SELECT decode(to_hex(100000 + i), 'escape'), '', 200, now() FROM generate_series(:first, :last) i;
    INSERT INTO holds (id, token_hash, route_id, from_stop_index, to_stop_index, seats, state, expires_at,
        is_extended, created_at)
    SELECT pg_temp.id(i), decode(to_hex(100000 + i), 'escape'), pg_temp.id(1 + i / 20 * 20), 0, 1, '{1}',
        CASE WHEN i % 50 = 0 THEN 'LIVE' ELSE 'ENDED' END, now(), false, now()
    FROM generate_series(:first, :last) i;
    INSERT INTO reserved_from (ticket_id, address)
    SELECT pg_temp.id(i), '' FROM generate_series(:first, :last) i WHERE i % 5 = 0;
    INSERT INTO run_outs (route_id, holder_kind, holder_id, seats, since, ran_out_at)
    SELECT pg_temp.id(1 + i / 20 * 20), 0, pg_temp.id(i), 1, now(), now()
    FROM generate_series(:first, :last) i WHERE i % 5 = 0;
    INSERT INTO blocks (id, route_id, from_stop_index, to_stop_index, seats, reason, created_at)
    SELECT id, id, 0, 1, '{1}', '', now() FROM routes
    WHERE id BETWEEN pg_temp.id(:first) AND pg_temp.id(:last);
    INSERT INTO bus_positions (route_id, lat, lng, at) SELECT id, 0, 0, now() FROM routes
    WHERE id BETWEEN pg_temp.id(:first) AND pg_temp.id(:last);
    INSERT INTO viewer_nodes (id, lease_until)
    SELECT pg_temp.id(i), now() FROM generate_series(:first, :last) i WHERE i % 10 = 1;
    INSERT INTO viewer_sessions (key, data, generation, node_id, left_at)
    SELECT decode(to_hex(100000 + i), 'escape'), '', 1, pg_temp.id((i - 1) / 10 * 10 + 1),
        CASE WHEN i % 5 = 0 THEN now() END
    FROM generate_series(:first, :last) i;
    INSERT INTO work_claims (work, id, node_id, claimed_until)
    SELECT 'payment', pg_temp.id(i), pg_temp.id(i), now() FROM generate_series(:first, :last) i;
    INSERT INTO stations (id, name, slug, kind, created_at, updated_at, name_key)
    SELECT pg_temp.id(i), 'S' || i, 's' || i, 'CITY', now(), now(), 's' || i
    FROM generate_series(:first, :last) i WHERE i % 10 = 0;
";
