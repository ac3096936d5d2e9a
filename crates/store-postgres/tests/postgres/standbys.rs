//! Databases with standbys: only the primary is asked, and only what the standbys have is
//! acknowledged.

use std::sync::Arc;

use domain::Refusal;
use store::{CommandError, Outage, StoreError};
use throwaway_postgres::Server;

use crate::bench::Bench;
use crate::server::Database;

/// How many short waits are made.
const TRIES_MAX: u32 = 1_000;

fn is_unreachable(answer: Result<store::Answer, CommandError>) -> bool {
    let unreachable = StoreError::Unavailable(Outage::Unreachable);
    answer.is_err_and(|error| error.to_string() == CommandError::Store(unreachable).to_string())
}

/// Asked for this until it is so.
async fn wait_for(server: &Server, question: &str) {
    for _ in 0..TRIES_MAX {
        if server.ask(question).unwrap() == "t" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("never so: {question}");
}

/// An operator who ends the wait for a standby gets a commit with a warning.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_the_database_warns_of_is_told_and_not_acknowledged() {
    let bench = Bench::new().await;
    let raw = bench.database.raw().await;
    raw.batch_execute(
        "CREATE FUNCTION warns() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN RAISE WARNING 'canceling wait for synchronous replication'; RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER warns AFTER INSERT ON groups
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION warns()",
    )
    .await
    .unwrap();
    let answer = bench.books(1).await;
    assert!(is_unreachable(answer), "nobody knows whether it lasts");
    raw.batch_execute("DROP TRIGGER warns ON groups").await.unwrap();
    bench.books(1).await.expect_err("the seat is taken");
    bench.books(2).await.unwrap();
    assert_eq!(bench.tickets().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_no_standby_has_is_not_acknowledged_after_a_restart_either() {
    let mut server = Server::start().unwrap();
    let database = Database::on(&server.url()).await;
    let address = database.address();
    let bench = Arc::new(Bench::at(database, &address).await);
    server.ask("ALTER SYSTEM SET synchronous_standby_names = 'away'").unwrap();
    server.ask("SELECT pg_reload_conf()").unwrap();
    wait_for(&server, "SELECT current_setting('synchronous_standby_names') = 'away'").await;
    let asked = tokio::spawn({
        let bench = Arc::clone(&bench);
        async move { bench.books(1).await }
    });
    let waits = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    wait_for(&server, waits).await;
    server.stop().unwrap();
    server.start_again().unwrap();
    let answer = asked.await.unwrap();
    // First: what a failed test leaves behind would wait for the standby, too.
    server.ask("ALTER SYSTEM RESET synchronous_standby_names").unwrap();
    server.ask("SELECT pg_reload_conf()").unwrap();
    assert!(is_unreachable(answer), "a failover would lose it");
    bench.books(1).await.expect_err("the seat is taken");
    bench.books(2).await.unwrap();
    let bench = Arc::into_inner(bench).expect("every buyer is answered");
    assert_eq!(bench.tickets().await, 2);
}

/// A standby would show what was true a while ago, and take no booking.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_servers_the_primary_is_asked() {
    let primary = Server::start().unwrap();
    let database = Database::on(&primary.url()).await;
    let standby = Server::standby_behind(primary.port()).unwrap();
    let address = database.address_behind(standby.port());
    let bench = Bench::at(database, &address).await;
    standby.ask("SELECT pg_wal_replay_pause()").unwrap();
    bench.books(1).await.unwrap();
    assert_eq!(bench.tickets().await, 1);
}

/// It has all that was committed, so only its timeline says that it is another one: what another
/// standby would have had is not known.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_that_takes_over_is_another_epoch() {
    let mut primary = Server::start().unwrap();
    let database = Database::on(&primary.url()).await;
    let standby = Server::standby_behind(primary.port()).unwrap();
    let address = database.address_behind(standby.port());
    let bench = Bench::at(database, &address).await;
    bench.books(1).await.unwrap();
    let before = bench.desk.store.epoch().await.unwrap();
    assert_eq!(bench.desk.store.epoch().await.unwrap(), before);
    let written = primary.ask("SELECT pg_current_wal_flush_lsn()").unwrap();
    wait_for(&standby, &format!("SELECT pg_last_wal_replay_lsn() >= '{written}'")).await;
    primary.kill().unwrap();
    standby.promote().unwrap();
    let again = bench.books(1).await;
    assert!(matches!(again, Err(CommandError::Refused(Refusal::SeatTaken))), "{again:?}");
    assert_ne!(bench.desk.store.epoch().await.unwrap(), before);
    bench.books(2).await.unwrap();
    assert_eq!(bench.tickets().await, 2);
}
