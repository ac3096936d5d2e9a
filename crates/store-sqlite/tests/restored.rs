//! A restored backup: its places are given out again, so its epoch is another one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;
use std::sync::Arc;

use domain::{Pnr, TicketId};
use store::contract::Desk;
use store::{Epoch, Inventory as _};
use store_sqlite::Present;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// An account that owns nothing, on every Unix of today.
const NOBODY: u32 = 65_534;

async fn epoch(path: &Path) -> Epoch {
    let (store, stream) = store_sqlite::open(path).unwrap();
    drop(stream);
    let epoch = store.epoch().await.unwrap();
    tokio::task::spawn_blocking(move || store.close()).await.unwrap();
    epoch
}

#[tokio::test]
async fn what_is_restored_is_another_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, third] = ["a.db", "b.db", "c.db"].map(|name| folder.path().join(name));
    let began = epoch(&first).await;
    assert_eq!(epoch(&first).await, began, "opened again, it is the same");
    store_sqlite::restore(&first, &second, Present::Refuse, |_| ()).unwrap();
    assert_ne!(epoch(&second).await, began);
    // One that was made before there were epochs draws its own when it is opened.
    let older = folder.path().join("older.db");
    let runner = embedded::migrations::runner().set_target(refinery::Target::Version(3));
    runner.run(&mut rusqlite::Connection::open(&older).unwrap()).unwrap();
    store_sqlite::restore(&older, &third, Present::Refuse, |_| ()).unwrap();
    assert_ne!(epoch(&third).await, epoch(&second).await);
}

/// Sells a seat in a new database; the ticket, and its booking's code.
async fn sold(path: &Path, first_id: u64) -> (TicketId, Pnr) {
    let (store, stream) = store_sqlite::open(path).unwrap();
    drop(stream);
    let desk = Desk::at(Arc::new(store.clone()), first_id);
    desk.hire().await;
    let route = desk.route(10).await;
    let ticket = desk.book(desk.customer, route, 1, (0, 3)).await.unwrap();
    let pnr = store.ticket(ticket).await.unwrap().unwrap().ticket.pnr;
    drop(desk);
    tokio::task::spawn_blocking(move || store.close()).await.unwrap();
    (ticket, pnr)
}

/// How codes are ordered is in the file: it comes and goes with its bookings.
#[tokio::test]
async fn bookings_are_found_by_code_in_whatever_file_is_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let [backup, database] = ["a.db", "b.db"].map(|name| folder.path().join(name));
    let (ticket, pnr) = sold(&backup, 1_000).await;
    let (_, other) = sold(&database, 2_000).await;
    let present = Present::MoveAside { suffix: ".old".to_owned() };
    store_sqlite::restore(&backup, &database, present, |_| ()).unwrap();
    let aside = folder.path().join("b.db.old");
    for (path, found, missed) in [(&database, &pnr, &other), (&aside, &other, &pnr)] {
        let (store, stream) = store_sqlite::open(path).unwrap();
        drop(stream);
        let booking = store.booking_by_pnr(found).await.unwrap().unwrap();
        assert_eq!((&booking.booking.pnr, booking.tickets.len()), (found, 1));
        assert!(store.booking_by_pnr(missed).await.unwrap().is_none());
        tokio::task::spawn_blocking(move || store.close()).await.unwrap();
    }
    let (store, stream) = store_sqlite::open(&database).unwrap();
    drop(stream);
    let by_code = store.ticket_by_pnr(&pnr).await.unwrap().unwrap();
    assert_eq!(by_code.ticket.id, ticket);
    tokio::task::spawn_blocking(move || store.close()).await.unwrap();
}

/// Where root restores a backup, the server that opens it runs as another user.
#[tokio::test]
async fn what_is_restored_belongs_to_whoever_has_the_folder() {
    let from = tempfile::tempdir().unwrap();
    let backup = from.path().join("a.db");
    epoch(&backup).await;
    let folder = tempfile::tempdir().unwrap();
    // Only root may do that; for other users the folder stays their own, and so does the file.
    let _ = chown(folder.path(), Some(NOBODY), Some(NOBODY));
    let owner = |path: &Path| path.metadata().map(|of| (of.uid(), of.gid())).unwrap();
    let database = folder.path().join("seatwire.db");
    store_sqlite::restore(&backup, &database, Present::Refuse, |_| ()).unwrap();
    assert_eq!(owner(&database), owner(folder.path()));
    // One that takes the place of a file goes to that file's owner.
    let _ = chown(&database, Some(NOBODY + 1), Some(NOBODY + 1));
    let before = owner(&database);
    let present = Present::MoveAside { suffix: ".old".to_owned() };
    store_sqlite::restore(&backup, &database, present, |_| ()).unwrap();
    assert_eq!(owner(&database), before);
}
