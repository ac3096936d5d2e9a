//! Opening and closing a database file: who may, what the error is, what files stay.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on says so by panicking"
)]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use store::contract::Desk;
use store::contract::audit::audit;
use store::{DataKeys, StoreError};
use store_sqlite::{OpenError, SqliteStore};

/// Set in a child: the database that it tries to open.
const DATABASE: &str = "SEATWIRE_TEST_OPEN_DATABASE";

fn refusal(path: &Path) -> OpenError {
    store_sqlite::open(path).map(drop).expect_err("it cannot be opened")
}

async fn close(store: SqliteStore) {
    tokio::task::spawn_blocking(move || store.close()).await.unwrap();
}

#[tokio::test]
async fn folders_are_made_and_the_file_is_let_go_when_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some/where/seatwire.db");
    for _ in 0..3 {
        let (store, stream) = store_sqlite::open(&path).unwrap();
        assert!(matches!(refusal(&path), OpenError::InUse { .. }));
        drop(stream);
        close(store).await;
    }
}

#[test]
fn another_process_is_refused_while_the_file_is_in_use() {
    if let Some(database) = std::env::var_os(DATABASE) {
        println!("refused: {}", refusal(Path::new(&database)));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seatwire.db");
    let (store, _stream) = store_sqlite::open(&path).unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["another_process_is_refused_while_the_file_is_in_use", "--exact", "--nocapture"])
        .env(DATABASE, &path)
        .output()
        .unwrap();
    let said = String::from_utf8(child.stdout).unwrap();
    let expected = format!(
        "refused: {} is in use by another process; one process per database file",
        path.display()
    );
    assert!(said.contains(&expected), "{said}");
    drop(store);
}

#[test]
fn a_path_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    std::fs::write(&file, "not a folder").unwrap();
    let below = refusal(&file.join("seatwire.db"));
    assert!(matches!(below, OpenError::Folder { .. } | OpenError::File { .. }), "{below}");
    assert!(below.to_string().contains("a-file"), "{below}");
    let is_folder = refusal(folder.path());
    assert!(matches!(is_folder, OpenError::File { .. }), "{is_folder}");
    assert!(is_folder.to_string().contains(folder.path().to_str().unwrap()), "{is_folder}");
    // No one, not even root, can make files there.
    let nowhere = refusal(Path::new("/proc/seatwire/seatwire.db"));
    assert!(matches!(nowhere, OpenError::Folder { .. }), "{nowhere}");
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("holiday.jpg");
    let garbage = [0xff_u8, 0xd8, 0xff, 0xe0].repeat(1_000);
    std::fs::write(&path, &garbage).unwrap();
    let refused = refusal(&path);
    assert!(matches!(refused, OpenError::Database { .. }), "{refused}");
    assert!(refused.to_string().contains("not a database"), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), garbage);
}

#[test]
fn a_file_from_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seatwire.db");
    let (store, stream) = store_sqlite::open(&path).unwrap();
    drop(stream);
    store.close();
    let raw = rusqlite::Connection::open(&path).unwrap();
    let newer = "INSERT INTO refinery_schema_history VALUES \
                 (9999, 'later', '2030-01-01T00:00:00Z', '1')";
    raw.execute(newer, []).unwrap();
    drop(raw);
    let refused = refusal(&path);
    assert!(matches!(refused, OpenError::Migration { .. }), "{refused}");
}

/// A copy of a stopped server's file has everything.
#[tokio::test]
async fn a_closed_database_is_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seatwire.db");
    let (store, stream) = store_sqlite::open(&path).unwrap();
    drop(stream);
    let desk = Desk::at(Arc::new(store.clone()), 1_000);
    desk.hire().await;
    let route = desk.route(10).await;
    desk.book(desk.customer, route, 1, (0, 3)).await.unwrap();
    drop(desk);
    close(store).await;
    assert!(!folder.path().join("seatwire.db-wal").exists(), "the log went into the database");
    let copy = folder.path().join("copy.db");
    std::fs::copy(&path, &copy).unwrap();
    let (store, stream) = store_sqlite::open(&copy).unwrap();
    drop(stream);
    assert_eq!(audit(&store).await.live().count(), 1);
    close(store).await;
}

/// A damaged row is an error for queries of that row, and for no others.
#[tokio::test]
async fn a_damaged_row_is_an_error_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seatwire.db");
    let (store, stream) = store_sqlite::open(&path).unwrap();
    drop(stream);
    let desk = Desk::at(Arc::new(store.clone()), 1_000);
    desk.hire().await;
    let route = desk.route(10).await;
    let damaged = desk.book(desk.customer, route, 1, (0, 3)).await.unwrap();
    let sound = desk.book(desk.customer, route, 2, (0, 3)).await.unwrap();
    let raw = rusqlite::Connection::open(&path).unwrap();
    // No statement could write such a row; damaged bytes run no trigger.
    raw.execute_batch("DROP TRIGGER facets_are_updated").unwrap();
    let spoil = "UPDATE tickets SET status = 'SOLD?' WHERE id = ?";
    raw.execute(spoil, [damaged.0.as_bytes()]).unwrap();
    let read = desk.store.ticket(damaged).await;
    assert!(matches!(read, Err(StoreError::Failed(_))), "{read:?}");
    let cancelled = desk.store.execute(desk.cancelling(desk.customer, damaged)).await;
    assert!(cancelled.is_err(), "{cancelled:?}");
    assert!(desk.store.ticket(sound).await.unwrap().is_some());
    desk.execute(desk.cancelling(desk.customer, sound)).await.unwrap();
    desk.store.ready().await.unwrap();
}

/// A server that is about to be replaced, and a newer `seatwire admin` beside it.
#[test]
fn accounts_are_not_changed_beside_a_server_of_another_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seatwire.db");
    let (_store, _stream) = store_sqlite::open(&path).unwrap();
    let (beside, is_beside) = store_sqlite::open_for_accounts(&path, &DataKeys::default()).unwrap();
    assert!(is_beside);
    beside.close();
    let raw = rusqlite::Connection::open(&path).unwrap();
    let older = "DELETE FROM refinery_schema_history WHERE version = \
                 (SELECT max(version) FROM refinery_schema_history)";
    raw.execute(older, []).unwrap();
    let refused = store_sqlite::open_for_accounts(&path, &DataKeys::default())
        .map(drop)
        .expect_err("another version");
    assert!(matches!(refused, OpenError::OtherVersion { .. }), "{refused}");
}

/// `seatwire admin` beside a server is another process; so is any tool.
#[tokio::test]
async fn an_account_that_another_process_changed_is_seen_after_a_look() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seatwire.db");
    let (store, stream) = store_sqlite::open(&path).unwrap();
    drop(stream);
    let desk = Desk::at(Arc::new(store.clone()), 1_000);
    desk.hire().await;
    let id = desk.customer.user_id;
    let raw = rusqlite::Connection::open(&path).unwrap();
    for sql in [
        "UPDATE users SET disabled_at = 1 WHERE id = ?",
        "UPDATE users SET disabled_at = NULL WHERE id = ?",
        "DELETE FROM users WHERE id = ?",
    ] {
        let before = desk.store.user(id).await.unwrap();
        raw.execute(sql, [id.0.as_bytes()]).unwrap();
        // It is kept in memory: without a look it is not read again.
        assert_eq!(desk.store.user(id).await.unwrap(), before, "{sql}");
        desk.store.look_for_changed_accounts().await.unwrap();
        assert_ne!(desk.store.user(id).await.unwrap(), before, "{sql}");
    }
}

/// A person who opens the file with a tool delays commands; they do not fail.
#[tokio::test]
async fn a_tool_that_holds_the_file_for_a_moment_only_delays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seatwire.db");
    let (store, stream) = store_sqlite::open(&path).unwrap();
    drop(stream);
    let desk = Desk::at(Arc::new(store.clone()), 1_000);
    desk.hire().await;
    let route = desk.route(10).await;
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let booking = desk.book(desk.customer, route, 1, (0, 3));
    let mut booking = std::pin::pin!(booking);
    let waiting = tokio::select! {
        biased;
        _ = &mut booking => false,
        head = desk.store.head(route) => head.unwrap() == Some(domain::RoutePlace::START),
    };
    assert!(waiting, "nothing is written while the tool holds the file, but reading goes on");
    raw.execute_batch("COMMIT").unwrap();
    booking.await.unwrap();
}
