//! A database on a disk that tests can disturb, a desk in front of it, and its ledger.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use domain::{Command, RouteEvent, RouteId};
use rusqlite::OpenFlags;
use store::contract::Desk;
use store::contract::audit::{Ledger, audit};
use store::{CommandError, CommittedStream, Envelope, Store, StoreError};
use store_sqlite::SqliteStore;
use tempfile::TempDir;

use crate::disk::Disk;

/// An open store on a disk of its own.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) disk: Arc<Disk>,
    pub(crate) desk: Desk,
    pub(crate) stream: CommittedStream,
    pub(crate) route: RouteId,
    handle: SqliteStore,
}

pub(crate) type Answer = Result<store::Answer, CommandError>;

pub(crate) fn path_in(folder: &Path) -> PathBuf {
    folder.join("seatwire.db")
}

impl Bench {
    /// With the four people and a route of forty seats.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = path_in(folder.path());
        let disk = Disk::of(&path);
        let (handle, stream) = store_sqlite::open(&path).unwrap();
        let desk = Desk::at(Arc::new(handle.clone()), 1_000);
        desk.hire().await;
        let route = desk.route(40).await;
        Self { folder, disk, desk, stream, route, handle }
    }

    pub(crate) fn booking(&self, seat: u16) -> Envelope {
        self.booking_of(seat, (0, 3))
    }

    pub(crate) fn booking_of(&self, seat: u16, stops: (usize, usize)) -> Envelope {
        let booking = self.desk.booking(self.route, seat, stops);
        self.desk.by(self.desk.customer, Command::Book(booking))
    }

    /// Asks for a seat without waiting for the answer: the command is queued when this returns.
    pub(crate) fn ask(&self, command: Envelope) -> Asked {
        let store = Arc::clone(&self.desk.store);
        let mut asked = Asked(Box::pin(async move { store.execute(command).await }));
        assert!(asked.answer_by_now().is_none(), "nobody has had time to answer");
        asked
    }

    /// What was sent by now, without waiting.
    pub(crate) fn told_by_now(&mut self) -> Option<Vec<RouteEvent>> {
        let next = std::pin::pin!(self.stream.next());
        match next.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(group) => Some(group.expect("the store is open").events),
            Poll::Pending => None,
        }
    }

    /// Closes the store, opens the file again and audits what is there.
    pub(crate) async fn reopened_ledger(self) -> Ledger {
        let Self { folder, desk, stream, handle, .. } = self;
        drop((desk, stream));
        tokio::task::spawn_blocking(move || handle.close()).await.unwrap();
        ledger_of(&path_in(folder.path())).await
    }
}

/// A command whose answer no one waits for yet.
pub(crate) struct Asked(Pin<Box<dyn Future<Output = Answer> + Send>>);

impl Asked {
    /// The answer, if it has been given. Deterministic: an answer that was sent before this call is
    /// seen by it.
    pub(crate) fn answer_by_now(&mut self) -> Option<Answer> {
        match self.0.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        }
    }

    pub(crate) async fn answer(self) -> Answer {
        self.0.await
    }
}

pub(crate) fn is_failed(answer: &Answer) -> bool {
    matches!(answer, Err(CommandError::Store(StoreError::Unavailable(_))))
}

/// Opens a database, audits it through the port and directly, and closes it.
pub(crate) async fn ledger_of(path: &Path) -> Ledger {
    let (store, stream) = store_sqlite::open(path).unwrap();
    drop(stream);
    let ledger = audit(&store as &dyn Store).await;
    tokio::task::spawn_blocking(move || store.close()).await.unwrap();
    check_legs(path, &ledger);
    ledger
}

/// The occupied legs are the live tickets' legs, each held by its own ticket.
fn check_legs(path: &Path, ledger: &Ledger) {
    let raw = rusqlite::Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let raw = raw.unwrap();
    let mut legs: Vec<([u8; 16], u16, u8, [u8; 16])> = raw
        .prepare("SELECT route_id, seat_number, leg, holder_id FROM seat_legs")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let mut expected: Vec<_> = ledger
        .live()
        .flat_map(|ticket| {
            let of = (ticket.route_id.0.into_bytes(), ticket.seat.get());
            let id = ticket.id.0.into_bytes();
            ticket.segment.legs().map(move |leg| (of.0, of.1, leg, id))
        })
        .collect();
    legs.sort_unstable();
    expected.sort_unstable();
    assert_eq!(legs, expected, "the occupied legs are the live tickets' legs");
    let sound: String = raw.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}
