//! A viewer of one departure over Server-Sent Events, which reads and ignores everything.

use anyhow::{bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// From the request to `subscribed`; a longer answer is an error.
const JOIN_BYTES_MAX: usize = 16 << 10;

const SUBSCRIBED: &[u8] = b"event: subscribed";

pub(crate) struct Stream(TcpStream);

/// Asks for the stream, until it says `subscribed`.
pub(crate) async fn join(mut stream: TcpStream, route: &str) -> anyhow::Result<Stream> {
    let request = format!(
        "GET /routes/{route}/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    while !answer.windows(SUBSCRIBED.len()).any(|bytes| bytes == SUBSCRIBED) {
        if stream.read_buf(&mut answer).await? == 0 {
            bail!("the server ended the stream: {}", String::from_utf8_lossy(&answer));
        }
        ensure!(answer.len() < JOIN_BYTES_MAX, "no `subscribed` in a long answer");
    }
    Ok(Stream(stream))
}

impl Stream {
    /// Until the connection ends. A waiting viewer owns no buffer.
    pub(crate) async fn watch(self) -> anyhow::Result<()> {
        loop {
            self.0.readable().await?;
            let mut bytes = [0; 1_024];
            match self.0.try_read(&mut bytes) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
