//! Whether a client has sent all that a TLS handshake begins with.
//!
//! It peeks into the kernel's buffer: until a whole ClientHello has come, a connection costs no
//! buffer of ours and no turn, however slowly it comes.

use std::io;

use rustix::io::{Errno, ioctl_fionread};
use tokio::io::Interest;
use tokio::net::TcpStream;

/// Type, version and length of a record (RFC 8446, section 5.1).
const RECORD_HEADER_BYTES: usize = 5;
const HANDSHAKE: u8 = 22;
/// Type and length of a handshake message (RFC 8446, section 4).
const MESSAGE_HEADER_BYTES: usize = 4;
/// No client sends so much. A longer one is left to the handshake, which refuses it.
const HELLO_BYTES_MAX: usize = 16 * 1024;

/// Waits until a whole ClientHello can be read; or something that is not one, or the end of the
/// stream, which the handshake will find out.
pub(super) async fn arrived(stream: &TcpStream) -> io::Result<()> {
    stream
        .async_io(Interest::READABLE, || {
            let mut start = [0; RECORD_HEADER_BYTES + MESSAGE_HEADER_BYTES];
            let peeked = socket_peek(stream, &mut start)?;
            let is_whole = peeked == 0
                || wanted(&start[..peeked]).is_none_or(|wanted| {
                    ioctl_fionread(stream).is_ok_and(|there| there >= wanted as u64)
                });
            // With this error the runtime wakes the task when more has come.
            if is_whole { Ok(()) } else { Err(io::ErrorKind::WouldBlock.into()) }
        })
        .await
}

fn socket_peek(stream: &TcpStream, start: &mut [u8]) -> io::Result<usize> {
    let flags = rustix::net::RecvFlags::PEEK;
    match rustix::net::recv(stream, start, flags) {
        Ok((length, _)) => Ok(length),
        Err(Errno::INTR) => Err(io::ErrorKind::WouldBlock.into()),
        Err(error) => Err(error.into()),
    }
}

/// How many bytes have to be there, given this beginning; `None` if it is not worth waiting.
fn wanted(start: &[u8]) -> Option<usize> {
    if start.first().is_some_and(|kind| *kind != HANDSHAKE) {
        return None;
    }
    let Some((header, message)) = start.split_at_checked(RECORD_HEADER_BYTES) else {
        return Some(RECORD_HEADER_BYTES);
    };
    let record = usize::from(u16::from_be_bytes([header[3], header[4]]));
    let Some([_, length @ ..]) = message.first_chunk::<MESSAGE_HEADER_BYTES>() else {
        return Some(RECORD_HEADER_BYTES + MESSAGE_HEADER_BYTES);
    };
    let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    // A message that is longer than its record continues in further ones: at least one more header.
    let message = MESSAGE_HEADER_BYTES + length;
    let further = if message > record { RECORD_HEADER_BYTES } else { 0 };
    let wanted = RECORD_HEADER_BYTES + record.max(message) + further;
    (wanted <= HELLO_BYTES_MAX).then_some(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_much_a_start_asks_for() {
        for (start, expected) in [
            (&[][..], Some(5)),
            (&[22, 3, 1], Some(5)),
            (&[22, 3, 1, 2, 0], Some(9)),
            // A message of 508 bytes in a record of 512.
            (&[22, 3, 1, 2, 0, 1, 0, 1, 252], Some(517)),
            // A message of 600 bytes, of which the first record has 512.
            (&[22, 3, 1, 2, 0, 1, 0, 2, 88], Some(5 + 604 + 5)),
            (&[22, 3, 1, 255, 255, 1, 255, 255, 255], None),
            (b"GET / HTT", None),
        ] {
            assert_eq!(wanted(start), expected, "{start:?}");
        }
    }
}
