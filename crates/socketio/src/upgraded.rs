//! From an upgraded HTTP connection to the bare stream under it.
//!
//! A TCP stream or a [`ServedStream`] is taken out of hyper's wrapper, so that nothing of the
//! request or of hyper's buffers is kept; anything else goes through the boxed adapter, with them.
//! Bytes that hyper had already read after the request come first.

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use rooms::AnyStream;
use tokio::net::TcpStream;

use crate::served_stream::ServedStream;

/// The stream, and the bytes that were read from it after the handshake.
pub(crate) fn into_stream(upgraded: Upgraded) -> (AnyStream, Vec<u8>) {
    let (stream, input) = taken_out(upgraded);
    if let AnyStream::Tcp(stream) = &stream {
        // Fails only on a socket that is dead already; the next write will show it.
        let _ = stream.set_nodelay(true);
    }
    (stream, input)
}

fn taken_out(upgraded: Upgraded) -> (AnyStream, Vec<u8>) {
    let upgraded = match upgraded.downcast::<TokioIo<ServedStream>>() {
        Ok(parts) => {
            // The bytes that hyper had read came before those that the stream had read ahead.
            let (stream, ahead) = parts.io.into_inner().into_bare();
            let mut input = parts.read_buf.to_vec();
            input.extend(ahead);
            return (stream, input);
        }
        Err(upgraded) => upgraded,
    };
    match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) => (parts.io.into_inner().into(), parts.read_buf.to_vec()),
        Err(upgraded) => (AnyStream::adapt(TokioIo::new(upgraded)), Vec::new()),
    }
}
