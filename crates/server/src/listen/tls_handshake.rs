//! From an accepted connection to an encrypted one.
//!
//! A handshake costs a signature and some tens of KiB, so only so many are under way at one time; a
//! storm of returning viewers waits for its turn instead of being refused. A turn is not longer than
//! a client needs; whoever asks for one has seen that the client has begun to speak.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config::Tls;

/// Handshakes under way at one time; the next ones wait.
const HANDSHAKES_MAX: usize = 512;

/// Time in which a client has to finish what it has begun.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of what was encrypted and not yet taken by the socket, kept for one connection. A slow
/// viewer's events wait in the room's log, not here.
const UNSENT_BYTES_MAX: usize = 16 * 1024;

/// Encrypts connections. Cheap to clone.
#[derive(Clone)]
pub(super) struct Handshakes {
    acceptor: TlsAcceptor,
    turns: Arc<Semaphore>,
}

impl Handshakes {
    pub(super) fn new(tls: &Tls) -> Self {
        let acceptor = TlsAcceptor::from(tls.server_config());
        Self { acceptor, turns: Arc::new(Semaphore::new(HANDSHAKES_MAX)) }
    }

    /// The encrypted stream. An error if the client does not finish in time, or speaks anything but
    /// TLS; then the connection is over.
    pub(super) async fn encrypt(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let _turn = self.turns.acquire().await.map_err(io::Error::other)?;
        let bound = |connection: &mut rustls::ServerConnection| {
            connection.set_buffer_limit(Some(UNSENT_BYTES_MAX));
        };
        timeout(HANDSHAKE_TIMEOUT, self.acceptor.accept_with(stream, bound)).await?
    }
}
