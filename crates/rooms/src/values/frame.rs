//! A frame: the bytes of one packet as they go to a socket, shared by everyone who gets them.
//!
//! A push transport writes the whole frame. A pull transport (long polling, server-sent events)
//! sends only the payload, which is a slice of the same bytes: nothing is encoded twice. The
//! application decides the form of the header before the payload.

use bytes::Bytes;

/// One encoded packet: a transport header and, behind it, the payload. Cloning shares the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    bytes: Bytes,
    payload_at: u8,
}

impl Frame {
    /// A frame whose first `payload_at` bytes are the transport's header. An offset behind the end
    /// means an empty payload.
    pub fn new(bytes: Bytes, payload_at: u8) -> Self {
        Self { bytes, payload_at }
    }

    /// A frame without a header: it has only the payload.
    pub fn bare(payload: impl Into<Bytes>) -> Self {
        Self::new(payload.into(), 0)
    }

    /// Header and payload, as a push transport writes them.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The payload alone, as a pull transport sends it.
    pub fn payload(&self) -> Bytes {
        self.bytes.slice(self.header_len()..)
    }

    /// The header alone; a transport may read from it what kind of payload follows.
    pub fn header(&self) -> &[u8] {
        &self.bytes[..self.header_len()]
    }

    /// Length of header and payload, in bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// True if there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn header_len(&self) -> usize {
        usize::from(self.payload_at).min(self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payload_is_a_slice_of_the_same_bytes() {
        let frame = Frame::new(Bytes::from_static(b"\x81\x02hi"), 2);
        assert_eq!(&frame.payload()[..], b"hi");
        assert_eq!(frame.header(), b"\x81\x02");
        assert_eq!(frame.payload().as_ptr(), frame.bytes()[2..].as_ptr());
    }

    #[test]
    fn an_offset_behind_the_end_is_an_empty_payload() {
        let frame = Frame::new(Bytes::from_static(b"x"), 9);
        assert!(frame.payload().is_empty());
        assert_eq!(frame.header(), b"x");
    }
}
