//! From an accepted connection to an encrypted one.
//!
//! A handshake costs a signature and some tens of KiB, so only so many are under way at one time
//! ([`super::turns`]). A turn is asked for only when the client has said all that a handshake begins
//! with ([`super::client_hello`]).

use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::turns::Turns;
use crate::config::Tls;
use crate::network::Network;

/// Bytes of what was encrypted and not yet taken by the socket, kept for one connection. A slow
/// viewer's events wait in the room's log, not here.
const UNSENT_BYTES_MAX: usize = 16 * 1024;

/// Encrypts connections. Cheap to clone.
#[derive(Clone)]
pub(super) struct Handshakes {
    acceptor: TlsAcceptor,
    turns: Arc<Turns>,
}

impl Handshakes {
    pub(super) fn new(tls: &Tls) -> Self {
        Self { acceptor: TlsAcceptor::from(tls.server_config()), turns: Turns::new() }
    }

    /// The encrypted stream. An error if the client does not finish in time, or speaks anything but
    /// TLS; then the connection is over.
    pub(super) async fn encrypt(
        &self,
        stream: TcpStream,
        address: Network,
    ) -> io::Result<TlsStream<TcpStream>> {
        let turn = self.turns.take(address).await?;
        let bound = |connection: &mut rustls::ServerConnection| {
            connection.set_buffer_limit(Some(UNSENT_BYTES_MAX));
        };
        turn.spend(self.acceptor.accept_with(stream, bound)).await
    }
}
