//! The echo server on a port of its own, and one exchange with it.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::client::{Client, Got, frame};

/// Long enough for the slowest machine; reached only when a test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The size of the pieces in which bytes are sent.
pub(crate) const WHOLE: usize = usize::MAX;

/// First bytes of frames: whole messages, first fragments, and what goes on with them.
pub(crate) const TEXT: u8 = 0x81;
pub(crate) const BINARY: u8 = 0x82;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8A;
pub(crate) const FIRST_TEXT: u8 = 0x01;
pub(crate) const FIRST_BINARY: u8 = 0x02;
pub(crate) const MORE: u8 = 0x00;
pub(crate) const LAST: u8 = 0x80;

pub(crate) struct Echo {
    pub(crate) port: u16,
    serving: JoinHandle<()>,
}

impl Echo {
    pub(crate) async fn start() -> Self {
        let app = crate::websocket_echo::app();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { port, serving }
    }

    pub(crate) async fn client(&self) -> Client {
        Client::open(self.port, "/", "").await
    }

    /// Sends these bytes in pieces, then closes (without effect if the server has closed before);
    /// returns all answers.
    pub(crate) async fn exchange(&self, bytes: &[u8], piece: usize) -> Vec<Got> {
        let mut client = self.client().await;
        for piece in bytes.chunks(piece) {
            client.raw(piece).await;
            tokio::task::yield_now().await;
        }
        client.raw(&frame(CLOSE, &1000_u16.to_be_bytes())).await;
        client.rest().await
    }

    /// In one piece and byte by byte, these frames are answered with these, then with the close.
    pub(crate) async fn answers(&self, frames: &[Vec<u8>], want: &[Got]) {
        let bytes = frames.concat();
        for piece in [WHOLE, 1] {
            let mut got = self.exchange(&bytes, piece).await;
            assert_eq!(got.pop(), Some(Got::Close(Some(1000))), "{bytes:x?} got {got:?}");
            assert_eq!(got, want, "{bytes:x?}");
        }
    }

    /// In one piece and byte by byte, these frames are answered with these, then closed with a
    /// code.
    pub(crate) async fn closes(&self, frames: &[Vec<u8>], want: &[Got], code: u16) {
        let bytes = frames.concat();
        for piece in [WHOLE, 1] {
            let mut got = self.exchange(&bytes, piece).await;
            assert_eq!(got.pop(), Some(Got::Close(Some(code))), "{bytes:x?} got {got:?}");
            assert_eq!(got, want, "{bytes:x?}");
        }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
