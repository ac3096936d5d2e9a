//! The header of one frame from a client (RFC 6455, section 5.2), strictly.
//!
//! Every fault that a header shows is refused before the payload arrives: so the server never waits
//! or allocates for a claimed length.

use super::close::CloseCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    pub(crate) fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) fin: bool,
    pub(crate) opcode: Opcode,
    pub(crate) mask: [u8; 4],
    /// Where the payload begins.
    pub(crate) len: usize,
    pub(crate) payload_len: usize,
}

/// Longest payload of a control frame.
const CONTROL_PAYLOAD_MAX: usize = 125;

/// Reads a header from the front of `input`; `None` if it is not complete.
pub(crate) fn parse(input: &[u8], payload_max: usize) -> Result<Option<Header>, CloseCode> {
    let &[first, second, ref rest @ ..] = input else {
        // The first byte may already show that this cannot become a frame.
        return input.first().map_or(Ok(None), |first| opcode(*first).map(|_| None));
    };
    let opcode = opcode(first)?;
    let fin = first & 0x80 != 0;
    if second & 0x80 == 0 {
        return Err(CloseCode::Protocol);
    }
    let short = usize::from(second & 0x7f);
    if opcode.is_control() && (!fin || short > CONTROL_PAYLOAD_MAX) {
        return Err(CloseCode::Protocol);
    }
    let (payload_len, rest) = match short {
        126 => {
            let Some((len, rest)) = rest.split_first_chunk::<2>() else { return Ok(None) };
            (usize::from(u16::from_be_bytes(*len)), rest)
        }
        127 => {
            let Some((len, rest)) = rest.split_first_chunk::<8>() else { return Ok(None) };
            let len = u64::from_be_bytes(*len);
            if len >> 63 != 0 {
                return Err(CloseCode::Protocol);
            }
            (usize::try_from(len).map_err(|_| CloseCode::TooBig)?, rest)
        }
        short => (short, rest),
    };
    // A length must be written in as few bytes as it needs.
    if (short == 126 && payload_len < 126) || (short == 127 && payload_len <= 0xffff) {
        return Err(CloseCode::Protocol);
    }
    if payload_len > payload_max && !opcode.is_control() {
        return Err(CloseCode::TooBig);
    }
    let Some((mask, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
    let len = input.len() - rest.len();
    Ok(Some(Header { fin, opcode, mask: *mask, len, payload_len }))
}

fn opcode(first: u8) -> Result<Opcode, CloseCode> {
    // Reserved bits belong to extensions, and none was negotiated.
    if first & 0x70 != 0 {
        return Err(CloseCode::Protocol);
    }
    match first & 0x0f {
        0x0 => Ok(Opcode::Continuation),
        0x1 => Ok(Opcode::Text),
        0x2 => Ok(Opcode::Binary),
        0x8 => Ok(Opcode::Close),
        0x9 => Ok(Opcode::Ping),
        0xA => Ok(Opcode::Pong),
        _ => Err(CloseCode::Protocol),
    }
}

/// Removes the client's mask, in place.
pub(crate) fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let wide = u64::from_ne_bytes([
        mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3],
    ]);
    let (words, rest) = payload.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MAX: usize = 70_000;

    fn refused(input: &[u8], code: CloseCode) {
        assert_eq!(parse(input, MAX), Err(code), "{input:x?}");
    }

    #[test]
    fn a_header_is_complete_with_its_mask() {
        let input = [0x81, 0x82, 1, 2, 3, 4, 9, 9];
        for end in 0..6 {
            assert_eq!(parse(&input[..end], MAX), Ok(None));
        }
        let header = parse(&input, MAX).unwrap().unwrap();
        assert_eq!((header.len, header.payload_len, header.mask), (6, 2, [1, 2, 3, 4]));
        assert_eq!((header.fin, header.opcode), (true, Opcode::Text));
    }

    #[test]
    fn what_the_rfc_forbids_is_refused_at_once() {
        refused(&[0xC1], CloseCode::Protocol); // reserved bit
        refused(&[0x83, 0x80], CloseCode::Protocol); // reserved opcode
        refused(&[0x8F], CloseCode::Protocol);
        refused(&[0x81, 0x02], CloseCode::Protocol); // not masked
        refused(&[0x09, 0x80], CloseCode::Protocol); // fragmented ping
        refused(&[0x89, 0xFE], CloseCode::Protocol); // long ping
        refused(&[0x81, 0xFE, 0, 125], CloseCode::Protocol); // longer than needed
        refused(&[0x81, 0xFF, 0, 0, 0, 0, 0, 0, 255, 255], CloseCode::Protocol);
        refused(&[0x81, 0xFF, 128, 0, 0, 0, 0, 0, 0, 0], CloseCode::Protocol);
        refused(&[0x81, 0xFF, 127, 255, 255, 255, 255, 255, 255, 255], CloseCode::TooBig);
        refused(&[0x81, 0xFF, 0, 0, 0, 0, 0, 1, 255, 255], CloseCode::TooBig);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(input in prop::collection::vec(any::<u8>(), 0..20)) {
            if let Ok(Some(header)) = parse(&input, MAX) {
                prop_assert!(header.len <= input.len() && header.payload_len <= MAX.max(125));
            }
        }

        #[test]
        fn masking_twice_changes_nothing(
            payload in prop::collection::vec(any::<u8>(), 0..50), mask in any::<[u8; 4]>()
        ) {
            let mut masked = payload.clone();
            unmask(&mut masked, mask);
            let plain: Vec<u8> =
                payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
            prop_assert_eq!(&masked, &plain);
            unmask(&mut masked, mask);
            prop_assert_eq!(masked, payload);
        }
    }
}
