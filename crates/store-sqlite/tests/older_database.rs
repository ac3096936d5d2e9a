//! A database of the first version: what later versions keep up to date exists also for older
//! sales.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::path::Path;

use domain::ticket::{PaymentStatus, TicketStatus};
use domain::{BusId, BusSpecs, CityKey, Kurus, Pnr, RouteId, RouteKind, RoutePatch, UserId};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use store::{
    Catalogue as _, GroupNumber, Inventory as _, Page, SegmentSearch, Store, TicketFilter,
};

mod embedded {
    refinery::embed_migrations!("migrations");
}

const ALL: Page = Page { offset: 0, limit: 100 };
const HOUR_MILLIS: i64 = 3_600_000;

/// Two departures of one bus, one of them off sale; three tickets, one of them cancelled, one paid
/// by an agent for its traveller.
fn written_by_the_first_version(path: &Path, now: i64) {
    let mut connection = Connection::open(path).unwrap();
    let runner = embedded::migrations::runner().set_target(refinery::Target::Version(2));
    runner.run(&mut connection).unwrap();
    let id = |number: u8| [number; 16];
    let later = now + HOUR_MILLIS;
    for (user, role) in [(1, "CUSTOMER"), (2, "AGENT")] {
        let sql = "INSERT INTO users VALUES (?, ?, '', 'A', 'B', NULL, ?, 0, 0)";
        connection.execute(sql, (id(user), format!("{user}@a.example"), role)).unwrap();
    }
    let specs = BusSpecs { brand: Some("Setra".to_owned()), ..BusSpecs::default() };
    let specs = serde_json::to_string(&specs).unwrap();
    // Two rows of five, x across, with a table where no cell is today.
    let seat = |number: u8| {
        let (x, y) = ((number - 1) % 5, (number - 1) / 5 + 1);
        format!(r#"{{"seatNo":{number},"x":{x},"y":{y},"type":"seat"}}"#)
    };
    let layout = format!(
        r#"{{"rowCount":3,"colCount":5,"seats":[{{"seatNo":null,"x":0,"y":0,"type":"driver"}},
        {{"seatNo":null,"x":2,"y":0,"type":"table"}},{}]}}"#,
        (1..=10).map(seat).collect::<Vec<_>>().join(",")
    );
    let sql =
        "INSERT INTO buses VALUES (?, '34 A 1', 'M', 10, 'LAYOUT_2_1', ?, ?, NULL, NULL, NULL,
        NULL, 0, 0)";
    connection.execute(sql, (id(1), layout, specs)).unwrap();
    for (route, departs_at, is_active) in [(1, later, 1), (2, later + 5 * HOUR_MILLIS, 0)] {
        let sql =
            "INSERT INTO routes VALUES (?, ?, ?, 30000, 'VIP', '[]', NULL, NULL, NULL, NULL, ?,
            0, 0, 0)";
        connection.execute(sql, (id(route), id(1), departs_at, is_active)).unwrap();
        for (index, name) in ["İstanbul", "Bolu", "Ankara"].into_iter().enumerate() {
            let index = i64::try_from(index).unwrap();
            let key = CityKey::new(name);
            let sql = "INSERT INTO stops VALUES (?, ?, ?, ?, ?)";
            let time = departs_at + index * HOUR_MILLIS;
            connection.execute(sql, (id(route), index, name, key.as_str(), time)).unwrap();
        }
        let sql = "INSERT INTO fares VALUES (?, 0, 1, 10000, 0)";
        connection.execute(sql, [id(route)]).unwrap();
    }
    for (ticket, status, payment_status) in
        [(1, "CONFIRMED", "PAID"), (2, "RESERVED", "PENDING"), (3, "CANCELLED", "PENDING")]
    {
        let sql = "INSERT INTO tickets VALUES (?, ?, ?, ?, NULL, 'İstanbul', 'Ankara', 0, 2, ?,
            'OTHER', 30000, NULL, '5321234567', 'A B', ?, ?, NULL, NULL, NULL, NULL, NULL, 0, 0)";
        let pnr = format!("VV000000{ticket}");
        let row = (id(ticket), pnr, id(1), id(1), ticket, status, payment_status);
        connection.execute(sql, row).unwrap();
    }
    // Numbers that were given out and not used stay a hole.
    for (position, route, seq) in [(3, 1, 1), (4, 2, 1), (7, 1, 2)] {
        let sql = "INSERT INTO seat_events VALUES (?, ?, ?, 'seat_reserved', ?, 0, 2, 'İstanbul',
            'Ankara', 30000, 'OTHER', 'booked', ?, 'VV0000001', NULL, 0)";
        let row = (position, id(route), seq, position, id(1));
        connection.execute(sql, row).unwrap();
        connection.execute("UPDATE routes SET seq = ? WHERE id = ?", (seq, id(route))).unwrap();
    }
    let sql = "INSERT INTO payments VALUES (?, ?, 'CASH', 'cash', 30000, 'CAPTURED', ?, NULL, NULL,
        0, 0, NULL)";
    connection.execute(sql, (id(1), id(1), id(2))).unwrap();
}

/// Bookings without a rank, and rows that point at nothing.
fn broken_rows(path: &Path) -> i64 {
    let sql = "SELECT count(*) FILTER (WHERE pnr_rank IS NULL)
        + (SELECT count(*) FROM pragma_foreign_key_check) FROM bookings";
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Its chain begins after everything that it sold so far, with any holes.
#[tokio::test]
async fn the_chain_of_an_older_database_begins_at_its_newest_event() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seatwire.db");
    let now = Timestamp::from_second(1_900_000_000).unwrap();
    written_by_the_first_version(&path, now.as_millisecond());
    let (store, mut stream) = store_sqlite::open(&path).unwrap();
    let began = store.newest_group().await.unwrap();
    assert_eq!((began.number, began.last_place), (GroupNumber::START, 7));
    assert!(store.groups(GroupNumber::START, 10).await.unwrap().is_empty());
    let off_sale = RoutePatch { is_active: Some(false), ..RoutePatch::default() };
    let route = RouteId(uuid::Uuid::from_bytes([1; 16]));
    (&store as &dyn Store).update_route(route, off_sale, now).await.unwrap();
    let told = stream.next().await.unwrap();
    assert!(told.continues(&began), "{told:?}");
    assert_eq!((told.place_before, told.last_place), (7, 8));
    assert_eq!(store.groups(GroupNumber::START, 10).await.unwrap(), [told]);
    tokio::task::spawn_blocking(move || store.close()).await.unwrap();
}

#[tokio::test]
async fn what_an_older_version_sold_is_counted_and_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seatwire.db");
    let now = Timestamp::from_second(1_900_000_000).unwrap();
    written_by_the_first_version(&path, now.as_millisecond());
    let (store, stream) = store_sqlite::open(&path).unwrap();
    drop(stream);

    let stats = store.ticket_stats().await.unwrap();
    let by_status =
        [(TicketStatus::Cancelled, 1), (TicketStatus::Confirmed, 1), (TicketStatus::Reserved, 1)];
    assert_eq!(stats.by_status, by_status);
    let paid = stats.by_payment_status.iter().find(|(status, _)| *status == PaymentStatus::Paid);
    assert_eq!(
        paid.map(|(_, totals)| (totals.count, totals.revenue)),
        Some((1, Kurus::from_lira(300)))
    );
    let popular = store.popular_pairs(10).await.unwrap();
    assert_eq!((popular.len(), popular[0].ticket_count), (1, 2), "a cancelled one does not count");
    let routes = store.route_stats(now).await.unwrap();
    assert_eq!((routes.total, routes.active, routes.upcoming), (2, 1, 1));
    let buses = store.bus_stats().await.unwrap();
    assert_eq!((buses.total, buses.by_brand), (1, vec![("Setra".to_owned(), 1)]));

    let bus = store.bus(BusId::from(uuid::Uuid::from_bytes([1; 16]))).await.unwrap().unwrap();
    assert_eq!(bus.details.layout.to_string(), "W . . . ./1 2 3 4 5/6 7 8 9 10");

    let key = |name| Some(CityKey::new(name));
    let found = TicketFilter { from_city: key("istanbul"), ..TicketFilter::default() };
    assert_eq!(store.tickets(found, ALL).await.unwrap().total, 3);
    let confirmed =
        TicketFilter { status: Some(TicketStatus::Confirmed), ..TicketFilter::default() };
    assert_eq!(store.tickets(confirmed, ALL).await.unwrap().total, 1);
    let traveller = UserId::from(uuid::Uuid::from_bytes([1; 16]));
    let history = store.payment_history(traveller, ALL).await.unwrap();
    assert_eq!((history.total, history.items[0].share.amount), (1, Kurus::from_lira(300)));
    let issued = TicketFilter { issued_by_id: Some(traveller), ..TicketFilter::default() };
    assert_eq!(store.tickets(issued, ALL).await.unwrap().total, 3, "who booked has issued");

    // Every ticket has become a booking by itself.
    let pnr = Pnr::parse("VV0000001").unwrap();
    let booking = store.booking_by_pnr(&pnr).await.unwrap().unwrap();
    let ticket = &booking.tickets[0].ticket;
    assert_eq!((booking.tickets.len(), ticket.booking_id), (1, booking.booking.id));
    assert_eq!(booking.booking.contact.phone.as_str(), "5321234567");
    assert_eq!(booking.booking.user_id, Some(traveller));
    assert_eq!(booking.payments[0].share(ticket.id).unwrap().amount, ticket.price);
    let by_code = TicketFilter { pnr: Some(pnr), ..TicketFilter::default() };
    assert_eq!(store.tickets(by_code, ALL).await.unwrap().total, 1);
    assert_eq!(broken_rows(&path), 0);

    let hits = |to: &'static str| {
        let search = SegmentSearch {
            from_city: key("İSTANBUL"),
            to_city: key(to),
            departs: domain::calendar::TimeRange {
                start: now,
                end: now + SignedDuration::from_hours(24),
            },
            is_active: Some(true),
            kind: Some(RouteKind::Vip),
            bus_id: Some(BusId::from(uuid::Uuid::from_bytes([1; 16]))),
            min_price: None,
            max_price: Some(Kurus::from_lira(300)),
        };
        let store = &store;
        async move { store.search(search, ALL).await.unwrap().total }
    };
    assert_eq!(hits("ankara").await, 1);
    assert_eq!(hits("bolu").await, 0, "that segment is not sold");
    tokio::task::spawn_blocking(move || store.close()).await.unwrap();
}
