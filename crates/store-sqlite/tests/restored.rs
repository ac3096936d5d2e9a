//! A restored backup: its places are given out again, so its epoch is another one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;

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
