//! From an upgraded HTTP connection to the bare stream under it.
//!
//! A TCP stream that hyper served is taken out of hyper's wrapping, so that nothing of the request
//! or of hyper's buffers is kept; anything else (TLS) goes through the boxed adapter. Bytes that
//! hyper had already read behind the request come first.

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use rooms::AnyStream;
use tokio::net::TcpStream;

/// The stream, and what was read from it behind the handshake.
pub(crate) fn into_stream(upgraded: Upgraded) -> (AnyStream, Vec<u8>) {
    match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) => {
            let stream = parts.io.into_inner();
            // Fails only on a socket that is dead already; the next write will say so.
            let _ = stream.set_nodelay(true);
            (AnyStream::from(stream), parts.read_buf.to_vec())
        }
        Err(upgraded) => (AnyStream::adapt(TokioIo::new(upgraded)), Vec::new()),
    }
}
