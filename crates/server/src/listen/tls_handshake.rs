//! From an accepted connection to an encrypted one.
//!
//! A handshake costs a signature and some tens of KiB, so the number under way at one time is
//! limited ([`super::turns`]). A turn is taken only when the client has sent all that a handshake
//! begins with ([`super::client_hello`]).

use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::turns::Turns;
use crate::config::Tls;
use crate::network::Network;

/// Encrypted bytes that the socket has not taken yet, for one connection. A slow viewer's events
/// wait in the room's log, not here.
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

    /// The encrypted stream. An error if the client does not finish in time, or does not speak TLS;
    /// then the connection is over.
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
