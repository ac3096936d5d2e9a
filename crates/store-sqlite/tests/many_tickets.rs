//! More tickets than a list counts or a search looks at: what the list says then, and that it stays
//! right.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::sync::Arc;

use domain::passenger::Phone;
use domain::ticket::{Gender, TicketStatus};
use domain::{CityKey, Kurus, TicketId};
use store::contract::Desk;
use store::{COUNTED_MAX, Inventory as _, Page, TicketFilter};

/// Copies of two tickets: all of one phone; every third sold by the agent.
const TICKETS: u64 = 12_000;

async fn company(folder: &tempfile::TempDir) -> (store_sqlite::SqliteStore, Desk) {
    let path = folder.path().join("seatwire.db");
    let (store, stream) = store_sqlite::open(&path).unwrap();
    drop(stream);
    let desk = Desk::at(Arc::new(store.clone()), 1_000);
    desk.hire().await;
    let route = desk.route(10).await;
    let own = desk.book(desk.customer, route, 1, (0, 3)).await.unwrap();
    let sold = desk.book(desk.agent, route, 2, (1, 3)).await.unwrap();
    let raw = rusqlite::Connection::open(&path).unwrap();
    let columns: Vec<String> = raw
        .prepare("SELECT name FROM pragma_table_info('tickets')")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let copied: Vec<&str> = columns
        .iter()
        .map(|name| match name.as_str() {
            "id" => "unhex(printf('%032x', 1000000 + n.i))",
            "pnr" => "printf('VV00%05d', n.i)",
            name => name,
        })
        .collect();
    let copy = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {TICKETS} - 2)
         INSERT INTO tickets ({}) SELECT {} FROM n JOIN tickets ON tickets.id = iif(n.i % 3, ?1, ?2)",
        columns.join(", "),
        copied.join(", ")
    );
    raw.execute(&copy, [own.0.as_bytes(), sold.0.as_bytes()]).unwrap();
    (store, desk)
}

#[tokio::test]
async fn a_list_is_counted_and_paged_as_far_as_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let (store, desk) = company(&folder).await;
    let phone = Phone::parse("5321234567").ok();
    let by_phone = TicketFilter { phone: phone.clone(), ..TicketFilter::default() };
    let to_ankara =
        TicketFilter { to_city: Some(CityKey::new("ankara")), ..TicketFilter::default() };
    for filter in [TicketFilter::default(), by_phone.clone(), to_ankara] {
        let page = |offset| store.tickets(filter.clone(), Page { offset, limit: 100 });
        let first = page(0).await.unwrap();
        assert_eq!((first.total, first.is_limited), (COUNTED_MAX, true), "{filter:?}");
        // Newest first, each once, across the borders of merged ranges.
        let mut read: Vec<TicketId> = Vec::new();
        for offset in [0, 100, 200] {
            let items = page(offset).await.unwrap().items;
            read.extend(items.into_iter().map(|view| view.ticket.id));
        }
        assert_eq!(read.len(), 300);
        assert!(read.is_sorted_by(|newer, older| newer > older), "{filter:?}");
        let far = page(COUNTED_MAX - 100).await.unwrap();
        assert_eq!(far.items.len(), 100);
        assert!(far.items[0].ticket.id < read[299]);
    }
    // Exact below the bound, and also where the answer is nothing at all.
    let agents = TicketFilter { issued_by_id: Some(desk.agent.user_id), ..TicketFilter::default() };
    let agents = store.tickets(agents, Page { offset: 0, limit: 1 }).await.unwrap();
    assert_eq!((agents.total, agents.is_limited), (TICKETS / 3, false));
    let none = TicketFilter {
        gender: Some(Gender::Other),
        status: Some(TicketStatus::Suspended),
        ..by_phone
    };
    let none = store.tickets(none, Page { offset: 0, limit: 1 }).await.unwrap();
    assert_eq!((none.total, none.is_limited), (0, false));
}

#[tokio::test]
async fn what_no_index_has_together_is_looked_for_so_far_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (store, desk) = company(&folder).await;
    let phone = Phone::parse("5321234567").ok();
    let all = Page { offset: 0, limit: 100 };
    // The smaller of the two is searched: all of the agent's.
    let filter = TicketFilter {
        phone: phone.clone(),
        issued_by_id: Some(desk.agent.user_id),
        ..TicketFilter::default()
    };
    let found = store.tickets(filter, all).await.unwrap();
    assert_eq!((found.total, found.is_limited), (TICKETS / 3, false));
    // Both are longer than that: the newest ones are looked at.
    let filter =
        TicketFilter { phone, user_id: Some(desk.customer.user_id), ..TicketFilter::default() };
    let found = store.tickets(filter, all).await.unwrap();
    assert!(found.is_limited);
    // Two of three are the customer's.
    assert_eq!((found.total / 100, found.items.len()), (33, 100));
}

#[tokio::test]
async fn a_history_of_payments_is_counted_alike_on_every_page() {
    let folder = tempfile::tempdir().unwrap();
    let (store, desk) = company(&folder).await;
    let raw = rusqlite::Connection::open(folder.path().join("seatwire.db")).unwrap();
    let (customer, agent) = (desk.customer.user_id, desk.agent.user_id);
    // Even numbers are the customer's, odd ones the agent's, who has sold one ticket before.
    for (payer, payments, odd) in [(customer, 10_100, 0), (agent, 7_000, 1)] {
        raw.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
             INSERT INTO payments (id, booking_id, method, provider, amount, state, paid_by_id,
                 created_at)
             SELECT unhex(printf('%032x', 1000000 + i * 2 + ?3)), (SELECT id FROM bookings LIMIT 1),
                 'CASH', 'cash', 100, 'CAPTURED', ?1, i FROM n",
            rusqlite::params![payer.0.as_bytes(), payments, odd],
        )
        .unwrap();
    }
    raw.execute_batch(
        "INSERT INTO payment_shares (payment_id, ticket_id, amount, state, paid_by_id, owner_id)
         SELECT id, (SELECT id FROM tickets ORDER BY id LIMIT 1), created_at, 'CAPTURED', paid_by_id, NULL
         FROM payments WHERE id > unhex(printf('%032x', 1000000))",
    )
    .unwrap();
    for (payer, total, is_limited) in [(customer, COUNTED_MAX, true), (agent, 7_001, false)] {
        let mut older_than = Kurus::new(1_000_000).unwrap();
        for offset in [0, 20, 4_980, 5_020, 6_980, COUNTED_MAX - 20] {
            let page = store.payment_history(payer, Page { offset, limit: 20 }).await.unwrap();
            assert_eq!((page.total, page.is_limited), (total, is_limited), "{offset}");
            let left = usize::try_from(total.saturating_sub(offset).min(20)).unwrap();
            assert_eq!(page.items.len(), left, "{offset}");
            if let Some(newest) = page.items.first() {
                // Its amount is its number.
                assert!(newest.share.amount < older_than, "{offset}: newest first");
                older_than = newest.share.amount;
            }
        }
    }
}
