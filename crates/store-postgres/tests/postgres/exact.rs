//! A decision is written exactly, or not at all: where a statement changes other rows than were
//! decided, or the commit was none, nothing of it is acknowledged.

use domain::command::{Amend, Unchanged};
use domain::passenger::Phone;
use domain::{Actor, Command, Station, StationId, StationKind};
use store::{CatalogueWrite, CommandError, Done, Envelope, StoreError};

use crate::bench::Bench;
use crate::severed::Cut;

/// Leaves the rows of a table as they are, and says nothing.
async fn keep_rows_of(bench: &Bench, table: &str) {
    let sql = format!(
        "CREATE OR REPLACE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN RETURN NULL; END $$;
         CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON {table}
         FOR EACH ROW EXECUTE FUNCTION keep()"
    );
    bench.database.raw().await.batch_execute(&sql).await.unwrap();
}

async fn let_rows_change(bench: &Bench, table: &str) {
    let sql = format!("DROP TRIGGER keep ON {table}");
    bench.database.raw().await.batch_execute(&sql).await.unwrap();
}

/// A row of each table that changes, with the write that changes it.
async fn changes(bench: &Bench) -> Vec<(&'static str, Envelope)> {
    let (desk, route) = (&bench.desk, bench.route);
    let mut tickets = Vec::new();
    for seat in 1..=5 {
        tickets.push(desk.book(desk.customer, route, seat, (0, 3)).await.unwrap());
    }
    let payments = [
        desk.begin_payment(desk.customer, tickets[0]).await.unwrap(),
        desk.begin_payment(desk.customer, tickets[1]).await.unwrap(),
    ];
    let amend = Amend {
        ticket_id: tickets[4],
        seat_number: None,
        gender: None,
        phone: Some(Phone::parse("5329876543").unwrap()),
        passenger_name: None,
        unchanged: Unchanged::default(),
    };
    let (token, _) = desk.hold(Actor::Anonymous, route, &[6], (0, 3)).await.unwrap();
    let block = desk.block(desk.agent, route, &[7], (0, 3)).await.unwrap();
    let station = Station {
        id: StationId(desk.id()),
        name: "Bolu".to_owned(),
        slug: "bolu".to_owned(),
        kind: StationKind::City,
        created_at: desk.now,
        updated_at: desk.now,
    };
    let id = station.id;
    let write = |write| Envelope::new(write, desk.admin, desk.now);
    desk.store.send(write(CatalogueWrite::CreateStation(station))).await.unwrap();
    vec![
        ("payments", desk.settling(tickets[0], payments[0], true)),
        ("payment_shares", desk.settling(tickets[1], payments[1], true)),
        ("tickets", desk.cancelling(desk.customer, tickets[2])),
        ("seat_legs", desk.cancelling(desk.customer, tickets[3])),
        ("bookings", desk.by(desk.customer, Command::Amend(amend))),
        ("holds", desk.releasing(token)),
        ("blocks", desk.lifting(desk.agent, route, block.id)),
        // Written by itself, not with the group.
        ("stations", write(CatalogueWrite::DeleteStation(id))),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_does_not_change_fails_its_command_alone() {
    let bench = Bench::new().await;
    let changes = changes(&bench).await;
    let (sold, mut acknowledged) = (changes.len(), Vec::new());
    for ((table, change), seat) in changes.into_iter().zip(11..) {
        keep_rows_of(&bench, table).await;
        let booking = bench.desk.booking(bench.route, seat, (0, 3));
        let booking = bench.desk.by(bench.desk.customer, Command::Book(booking));
        let asked = [booking, change.clone()].map(|write| bench.desk.store.send(write));
        let answers: [Result<Done, CommandError>; 2] =
            bench.in_one_group(asked).await.try_into().unwrap();
        let [beside, changed] = answers;
        match changed {
            Ok(_) => acknowledged.push(table),
            Err(CommandError::Store(StoreError::Failed(_))) => {}
            Err(other) => panic!("{table}: {other:?}"),
        }
        beside.unwrap_or_else(|error| panic!("beside {table}: {error:?}"));
        let_rows_change(&bench, table).await;
        // Nothing of it was kept.
        if !acknowledged.contains(&table) {
            let changed = bench.desk.store.send(change).await;
            changed.unwrap_or_else(|error| panic!("{table} afterwards: {error:?}"));
        }
    }
    assert_eq!(acknowledged, [""; 0], "what was not written");
    assert_eq!(bench.tickets().await, 5 + sold);
}

/// A commit that was a rollback, though every statement had succeeded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_leaves_no_group_is_none_and_done_again() {
    let (bench, severed) = Bench::severed().await;
    severed.cut(Cut::Undone);
    bench.books(1).await.unwrap();
    assert!(severed.is_cut(), "the commit was a rollback");
    bench.books(1).await.expect_err("the seat is taken, once");
    bench.books(2).await.unwrap();
    assert_eq!(bench.tickets().await, 2);
}
