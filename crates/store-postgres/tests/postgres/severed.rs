//! A way to the database that can be cut at a chosen moment: before or after the commit of a group.
//! Or it makes a rollback of the commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What the driver sends when it commits a group.
const COMMIT: &[u8] = b"COMMIT; SELECT id FROM groups";

/// The same, for a transaction that fails without a word: it is rolled back.
const ROLLBACK: &[u8] = b"ABORT ; SELECT id FROM groups";

/// What the database answers when it has committed.
const COMMITTED: &[u8] = b"COMMIT\0";

/// Where the next connection that commits is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Cut {
    Nowhere,
    /// The database never gets the commit.
    Before,
    /// The database commits, and its answer is lost.
    Behind,
    /// Nothing is cut: the database rolls back, and says so.
    Undone,
}

/// Listens until the test's runtime ends.
#[derive(Clone)]
pub(crate) struct Severed {
    port: u16,
    next: Arc<AtomicU8>,
}

impl Severed {
    pub(crate) async fn before(server_port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let severed = Self {
            port: listener.local_addr().unwrap().port(),
            next: Arc::new(AtomicU8::new(Cut::Nowhere as u8)),
        };
        let next = Arc::clone(&severed.next);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(("127.0.0.1", server_port)).await.unwrap();
                tokio::spawn(carry(client, server, Arc::clone(&next)));
            }
        });
        severed
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Cuts once.
    pub(crate) fn cut(&self, cut: Cut) {
        self.next.store(cut as u8, Ordering::SeqCst);
    }

    /// Whether the cut has been made.
    pub(crate) fn is_cut(&self) -> bool {
        self.next.load(Ordering::SeqCst) == Cut::Nowhere as u8
    }
}

/// Ends both connections when one has ended.
async fn carry(client: TcpStream, server: TcpStream, next: Arc<AtomicU8>) {
    let (mut from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let keeps_to_itself = Arc::new(AtomicBool::new(false));
    let answers = tokio::spawn(answer(from_server, to_client, Arc::clone(&keeps_to_itself)));
    let mut piece = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from_client.read(&mut piece).await {
        let said = &mut piece[..read];
        if let Some(at) = said.windows(COMMIT.len()).position(|window| window == COMMIT) {
            match next.swap(Cut::Nowhere as u8, Ordering::SeqCst) {
                cut if cut == Cut::Before as u8 => break,
                cut if cut == Cut::Behind as u8 => {
                    keeps_to_itself.store(true, Ordering::SeqCst);
                    to_server.write_all(said).await.unwrap();
                    answers.await.unwrap();
                    return;
                }
                cut if cut == Cut::Undone as u8 => {
                    said[at..at + COMMIT.len()].copy_from_slice(ROLLBACK);
                }
                _ => {}
            }
        }
        if to_server.write_all(said).await.is_err() {
            break;
        }
    }
    answers.abort();
}

/// Passes answers on; or reads and keeps them, until the one to a commit has come: a server whose
/// earlier answers are not read would not get as far as the commit.
async fn answer(
    mut from_server: OwnedReadHalf,
    mut to_client: OwnedWriteHalf,
    keeps_to_itself: Arc<AtomicBool>,
) {
    let (mut piece, mut kept) = (vec![0; 1 << 16], Vec::new());
    while let Ok(read @ 1..) = from_server.read(&mut piece).await {
        if keeps_to_itself.load(Ordering::SeqCst) {
            kept.extend_from_slice(&piece[..read]);
            if kept.windows(COMMITTED.len()).any(|window| window == COMMITTED) {
                return;
            }
        } else if to_client.write_all(&piece[..read]).await.is_err() {
            return;
        }
    }
}
