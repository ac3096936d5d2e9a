//! A backup that is put back: its places are given out again, so its epoch is another one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::path::Path;

use store::{Epoch, Inventory as _};
use store_sqlite::Present;

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
    let raw = rusqlite::Connection::open(&first).unwrap();
    raw.execute_batch("DROP TABLE epoch; DELETE FROM refinery_schema_history WHERE version >= 36;")
        .unwrap();
    drop(raw);
    store_sqlite::restore(&first, &third, Present::Refuse, |_| ()).unwrap();
    epoch(&third).await;
}
