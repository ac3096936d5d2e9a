//! WebSocket frames as a light client needs them: whole server frames found in bytes, short text
//! frames made.

use std::ops::Range;

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

/// A masked text frame of at most 65,535 bytes; the mask may be anything, so it is nothing.
pub(crate) fn text(text: &str) -> Vec<u8> {
    let mut frame = Vec::with_capacity(text.len() + 8);
    frame.push(0x81);
    match u8::try_from(text.len()) {
        Ok(short) if short < 126 => frame.push(0x80 | short),
        _ => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&u16::try_from(text.len()).unwrap_or(0).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(text.as_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::{first, text};

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
        assert_eq!(text("3"), [0x81, 0x81, 0, 0, 0, 0, b'3']);
        assert_eq!(text(&"x".repeat(126))[..4], [0x81, 0xfe, 0, 126]);
    }
}
