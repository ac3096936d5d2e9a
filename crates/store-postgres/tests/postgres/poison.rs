//! Groups that the database refuses: what is one command's fault fails that command alone, and
//! everything else is tried again, with the whole group, until it goes or the time is over.

use std::time::{Duration, Instant};

use store::{CommandError, Outage, StoreError};

use crate::bench::Bench;

/// How many buyers are in one group.
const BUYERS: u16 = 20;

/// What is refused: the seat that one of them buys.
const REFUSED: u16 = 13;

/// How often a fault comes that goes away by itself.
const TIMES: i64 = 3;

/// How many short looks are taken.
const LOOKS_MAX: u32 = 1_000;

/// Makes the database refuse something with this code and count how often. The count outlasts the
/// transaction that is undone.
async fn refuse(bench: &Bench, on: &str, is_refused: &str, code: &str) {
    let sql = format!(
        "CREATE SEQUENCE refused;
         CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF {is_refused} THEN RAISE EXCEPTION 'refused' USING ERRCODE = '{code}'; END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON {on} FOR EACH ROW EXECUTE FUNCTION refuse()"
    );
    bench.database.raw().await.batch_execute(&sql).await.unwrap();
}

/// How often it was asked.
async fn counted(bench: &Bench) -> i64 {
    let raw = bench.database.raw().await;
    raw.query_one("SELECT last_value FROM refused", &[]).await.unwrap().get(0)
}

async fn groups(bench: &Bench) -> i64 {
    let raw = bench.database.raw().await;
    raw.query_one("SELECT max(number) FROM groups", &[]).await.unwrap().get(0)
}

/// A fault of data, of a constraint, or of the database itself.
async fn fails_alone(code: &str) {
    let bench = Bench::new().await;
    let refused = format!("NEW.seat_number = {REFUSED} AND nextval('refused') > 0");
    refuse(&bench, "tickets", &refused, code).await;
    for (seat, answer) in bench.book_in_one_group(1..=BUYERS).await {
        if seat == REFUSED {
            let failed = answer.expect_err("the database refuses it");
            assert!(matches!(failed, CommandError::Store(StoreError::Failed(_))), "{failed:?}");
        } else {
            answer.unwrap_or_else(|error| panic!("seat {seat}: {error:?}"));
        }
    }
    assert_eq!(counted(&bench).await, 2, "once with the others, and once alone");
    assert_eq!(bench.tickets().await, usize::from(BUYERS - 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_the_database_cannot_take_fails_its_command_alone() {
    fails_alone("22003").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_breaks_a_constraint_fails_its_command_alone() {
    fails_alone("23514").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_inside_the_database_fails_its_command_alone() {
    fails_alone("XX000").await;
}

/// Each buyer gets the seat once, and all of them in one group.
async fn is_tried_again_whole(code: &str) {
    let bench = Bench::new().await;
    refuse(&bench, "groups", &format!("nextval('refused') <= {TIMES}"), code).await;
    let before = groups(&bench).await;
    for (seat, answer) in bench.book_in_one_group(1..=BUYERS).await {
        answer.unwrap_or_else(|error| panic!("seat {seat}: {error:?}"));
    }
    assert_eq!(counted(&bench).await, TIMES + 1);
    assert_eq!(groups(&bench).await, before + 1, "in one group");
    assert_eq!(bench.tickets().await, usize::from(BUYERS));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_cannot_be_serialized_is_tried_again_whole() {
    is_tried_again_whole("40001").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_in_a_deadlock_is_tried_again_whole() {
    is_tried_again_whole("40P01").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_on_a_database_that_is_read_only_for_a_moment_is_tried_again_whole() {
    is_tried_again_whole("25006").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_at_a_shutdown_is_tried_again_whole() {
    is_tried_again_whole("57P01").await;
}

/// Then each caller is told that the database is away, and nothing is sold.
async fn is_tried_until_the_deadline(code: &str) {
    let bench = Bench::new().await;
    refuse(&bench, "groups", "nextval('refused') > 0", code).await;
    let begun = Instant::now();
    let answers = bench.book_in_one_group(1..=BUYERS).await;
    assert!(begun.elapsed() >= Duration::from_secs(store_postgres::COMMAND_SECONDS));
    for (seat, answer) in answers {
        let failed = answer.expect_err("the database takes nothing");
        let is_away =
            matches!(failed, CommandError::Store(StoreError::Unavailable(Outage::Unreachable)));
        assert!(is_away, "seat {seat}: {failed:?}");
    }
    assert!(counted(&bench).await > TIMES, "it was tried again and again");
    let raw = bench.database.raw().await;
    raw.batch_execute("DROP TRIGGER refuse ON groups").await.unwrap();
    bench.books(1).await.unwrap();
    assert_eq!(bench.tickets().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_stays_read_only_is_away_after_the_deadline() {
    is_tried_until_the_deadline("25006").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_keeps_shutting_down_is_away_after_the_deadline() {
    is_tried_until_the_deadline("57P01").await;
}

/// Ends the connection that waits for a table in its decision, or for a read, as an administrator
/// does who stops the database. Returns what was asked.
async fn ended_while_it_reads<T>(bench: &Bench, asked: impl Future<Output = T>) -> T {
    let (raw, holder) = (bench.database.raw().await, bench.database.raw().await);
    let held = "BEGIN; LOCK TABLE routes, bookings, tickets, seat_legs IN ACCESS EXCLUSIVE MODE";
    holder.batch_execute(held).await.unwrap();
    // Not one that writes what was decided: whether that is there has to be found out.
    let ends = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
         WHERE datname = current_database() AND wait_event_type = 'Lock' \
         AND query NOT LIKE '%COMMIT%'";
    let (answer, ()) = tokio::join!(asked, async {
        let mut looks = 0..LOOKS_MAX;
        while raw.query_one(ends, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            assert!(looks.next().is_some(), "it never waits");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        holder.batch_execute("ROLLBACK").await.unwrap();
    });
    answer
}

/// The database says of the connection that an administrator has ended it (57P01): no command is to
/// blame.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_whose_connection_is_ended_while_it_is_decided_is_tried_again_whole() {
    let bench = Bench::new().await;
    let before = groups(&bench).await;
    let answers = ended_while_it_reads(&bench, bench.book_in_one_group(1..=BUYERS)).await;
    for (seat, answer) in answers {
        answer.unwrap_or_else(|error| panic!("seat {seat}: {error:?}"));
    }
    assert_eq!(groups(&bench).await, before + 1, "in one group");
    // Alone, too: it could not be split.
    ended_while_it_reads(&bench, bench.books(BUYERS + 1)).await.unwrap();
    assert_eq!(bench.tickets().await, usize::from(BUYERS + 1));
}

/// A read changes nothing: where its server process has ended, it is made again on another
/// connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_whose_connection_is_ended_is_made_again() {
    let bench = Bench::new().await;
    let sold = bench.books(1).await.unwrap().into_ticket().ticket.id;
    let read = ended_while_it_reads(&bench, bench.desk.store.ticket(sold)).await;
    assert!(read.unwrap().is_some());
    assert_eq!(bench.tickets().await, 1);
}
