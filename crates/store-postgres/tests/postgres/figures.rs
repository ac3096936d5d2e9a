//! Figures equal what counting gives, before and after changes are folded into them, and no group
//! writes all figures again.

use store_postgres::migrate;
use tokio_postgres::Client;

use crate::server::Database;

/// Changes that may wait, and those that one statement can add to them.
const WAITING_MAX: i64 = 1_024 + 36;

/// One departure with 40 tickets that are sold, cancelled and let run out, one statement for each
/// step.
const SELL_AND_CHANGE: &str = "DO $$
    DECLARE i integer; DECLARE facets text[][] := ARRAY[['RESERVED', 'PENDING', NULL],
        ['CONFIRMED', 'PAID', NULL], ['CANCELLED', 'REFUNDED', 'CANCELLED'],
        ['CANCELLED', 'PENDING', 'EXPIRED']];
    BEGIN
        INSERT INTO bookings (id, pnr, contact_phone, created_at, updated_at)
            VALUES (gen_random_uuid(), 'VV00AAAAA', '5', now(), now());
        FOR i IN 1..40 LOOP
            INSERT INTO tickets (id, booking_id, pnr, route_id, from_city, to_city, from_stop_index,
                to_stop_index, seat_number, gender, price, phone, passenger_name, status,
                payment_status, created_at, updated_at, from_key, to_key)
            SELECT gen_random_uuid(), bookings.id, pnr, routes.id, 'A', 'B' || i % 3, 0, 1, i, 'MALE',
                100 + i, '5', 'P', 'RESERVED', 'PENDING', now(), now(), 'a', 'b' || i % 3
            FROM bookings, routes;
        END LOOP;
        FOR i IN 1..900 LOOP
            UPDATE tickets SET status = facets[1 + i % 4][1], payment_status = facets[1 + i % 4][2],
                cancel_cause = facets[1 + i % 4][3], cancelled_at = now()
            WHERE seat_number IN (i % 40, i % 37, i % 31);
        END LOOP;
        DELETE FROM tickets WHERE seat_number % 7 = 0;
    END $$";

const COUNTED: &str = "SELECT facet, count(*)::bigint, sum(price)::bigint, \
     count(*) FILTER (WHERE cancel_cause = 'EXPIRED')::bigint FROM tickets GROUP BY facet ORDER BY facet";
const KEPT: &str = "SELECT facet, tickets, revenue, expired FROM ticket_figures_now \
     WHERE tickets > 0 ORDER BY facet";
const PAIRS_COUNTED: &str = "SELECT from_key || to_key, count(*) FILTER (WHERE facet < 18)::bigint \
     FROM tickets GROUP BY 1 ORDER BY 1";
const PAIRS_KEPT: &str = "SELECT from_key || to_key, (live + (SELECT coalesce(sum(c.live), 0) \
     FROM city_pair_changes c WHERE c.from_key = p.from_key AND c.to_key = p.to_key \
     AND number > (SELECT f.city_pairs FROM figures_folded f)))::bigint FROM city_pairs p ORDER BY 1";

async fn figures(raw: &Client, sql: &str) -> Vec<(i16, i64, i64, i64)> {
    let rows = raw.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect()
}

async fn pairs(raw: &Client, sql: &str) -> Vec<(String, i64)> {
    let rows = raw.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn number(raw: &Client, sql: &str) -> i64 {
    raw.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_are_what_counting_gives_and_are_written_once_in_a_thousand_changes() {
    let database = Database::new().await;
    migrate(&database.address()).await.unwrap();
    let raw = database.raw().await;
    raw.batch_execute(
        "INSERT INTO buses (id, plate, model, seat_count, layout_type, layout, specs, brand_key, \
         created_at, updated_at) VALUES (gen_random_uuid(), 'P', 'M', 40, 'LAYOUT_2_1', '', '{}', '', \
         now(), now()); INSERT INTO routes (id, bus_id, departs_at, arrives_at, price, kind, \
         rest_stops, is_active, created_at, updated_at) SELECT gen_random_uuid(), id, now(), now(), \
         100, 'STANDARD', '[]', true, now(), now() FROM buses",
    )
    .await
    .unwrap();
    raw.batch_execute(SELL_AND_CHANGE).await.unwrap();

    let counted = figures(&raw, COUNTED).await;
    assert!(counted.len() > 2, "several facets are in use: {counted:?}");
    assert_eq!(figures(&raw, KEPT).await, counted);
    assert_eq!(pairs(&raw, PAIRS_KEPT).await, pairs(&raw, PAIRS_COUNTED).await);

    let written = "SELECT max(number) FROM ticket_figure_changes";
    let waiting = number(&raw, "SELECT count(*) FROM ticket_figure_changes").await;
    let folded = number(&raw, "SELECT ticket_figures FROM figures_folded").await;
    assert!(folded > 0, "some changes are folded");
    assert!(waiting <= WAITING_MAX, "{waiting} of {} wait", number(&raw, written).await);
    let folded_pairs = number(&raw, "SELECT city_pairs FROM figures_folded").await;
    let waiting = number(&raw, "SELECT count(*) FROM city_pair_changes").await;
    assert!(waiting <= WAITING_MAX && waiting + folded_pairs > 0, "{waiting} pairs wait");
}
