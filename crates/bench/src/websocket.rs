//! A WebSocket as a light client needs it: the upgrade, whole server frames found in bytes, short
//! frames made.
//!
//! Its limits: it does not check `Sec-WebSocket-Accept`, expects whole frames (no fragments), and
//! masks with an empty mask.

use std::io;
use std::ops::Range;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

pub(crate) const TEXT: u8 = 0x1;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xa;

/// A longer answer to the upgrade is an error.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// Turns an HTTP connection into a WebSocket. Returns the bytes that came after the answer.
pub(crate) async fn upgrade<S>(stream: &mut S, path: &str) -> io::Result<Vec<u8>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut answer = Vec::with_capacity(512);
    let end = loop {
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end + 4;
        }
        if answer.len() > HEAD_BYTES_MAX {
            return Err(io::Error::other("an endless answer to the upgrade"));
        }
    };
    if !answer.starts_with(b"HTTP/1.1 101") {
        let answer = String::from_utf8_lossy(&answer);
        return Err(io::Error::other(format!("the upgrade was refused: {answer}")));
    }
    answer.drain(..end);
    Ok(answer)
}

/// Where the payload of the first frame lies, if all of it is there. The frame ends where its
/// payload ends.
pub(crate) fn first(bytes: &[u8]) -> Option<Range<usize>> {
    let (length, start): (usize, usize) = match bytes.get(1)? {
        126 => (usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?])), 4),
        127 => {
            let length = bytes.get(2..10)?.try_into().ok()?;
            (usize::try_from(u64::from_be_bytes(length)).ok()?, 10)
        }
        short => (usize::from(*short), 2),
    };
    let end = start.checked_add(length)?;
    (bytes.len() >= end).then_some(start..end)
}

/// A frame of at most 65,535 bytes. It has to be masked; any mask will do, so it is zero.
pub(crate) fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 8);
    frame.push(0x80 | opcode);
    match u8::try_from(payload.len()) {
        Ok(short) if short < 126 => frame.push(0x80 | short),
        _ => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&u16::try_from(payload.len()).unwrap_or(0).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::{TEXT, first, masked};

    #[test]
    fn a_frame_is_found_when_its_last_byte_is_there() {
        for length in [0_usize, 125, 126, 65_535, 65_536] {
            let mut frame = vec![0x81];
            match (u8::try_from(length), u16::try_from(length)) {
                (Ok(short), _) if short < 126 => frame.push(short),
                (_, Ok(medium)) => {
                    frame.push(126);
                    frame.extend_from_slice(&medium.to_be_bytes());
                }
                _ => {
                    frame.push(127);
                    frame.extend_from_slice(&u64::try_from(length).unwrap().to_be_bytes());
                }
            }
            let start = frame.len();
            frame.resize(start + length, b'x');
            assert_eq!(first(&frame[..frame.len() - 1]), None, "{length}");
            frame.push(0x81);
            assert_eq!(first(&frame), Some(start..start + length), "{length}");
        }
    }

    #[test]
    fn a_text_says_how_long_it_is() {
        assert_eq!(masked(TEXT, b"3"), [0x81, 0x81, 0, 0, 0, 0, b'3']);
        assert_eq!(masked(TEXT, &[b'x'; 126])[..4], [0x81, 0xfe, 0, 126]);
    }
}
