//! Finds the end of a request's head, and lines of it that end in a bare LF.
//!
//! RFC 9112 (section 2.2) lets a server accept a bare LF as the end of a line, and the parser does.
//! A proxy in front that does not accept it sees another request than we do, which is how requests
//! are smuggled; so such a head is refused before the parser sees it. Nothing else of a head is
//! parsed here. Empty lines before a request are skipped, as in the parser.

use memchr::memchr_iter;

/// The position in a head after the last bytes.
#[derive(Debug, Default)]
pub(super) struct HeadScan {
    /// Bytes of the current line so far.
    line_bytes: usize,
    last: u8,
    /// The request's own first line has been seen.
    has_begun: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scanned {
    /// The head continues.
    More,
    /// This many bytes belong to the head, which ends with them.
    End(usize),
    /// The byte at this place is an LF without its CR.
    BareLineFeed(usize),
}

impl HeadScan {
    /// Whether nothing of a head has come.
    pub(super) fn is_untouched(&self) -> bool {
        !self.has_begun && self.line_bytes == 0 && self.last == 0
    }

    pub(super) fn scan(&mut self, bytes: &[u8]) -> Scanned {
        let mut line = 0;
        for at in memchr_iter(b'\n', bytes) {
            let before = if at == 0 { self.last } else { bytes[at - 1] };
            if before != b'\r' {
                return Scanned::BareLineFeed(at);
            }
            // Its CR is the only byte in it.
            let is_empty = self.line_bytes + at - line == 1;
            if is_empty && self.has_begun {
                return Scanned::End(at + 1);
            }
            self.has_begun |= !is_empty;
            self.line_bytes = 0;
            line = at + 1;
        }
        self.line_bytes += bytes.len() - line;
        self.last = bytes.last().copied().unwrap_or(self.last);
        Scanned::More
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The result for a whole input that is scanned in pieces of this size.
    fn scanned(input: &[u8], piece: usize) -> Scanned {
        let mut scan = HeadScan::default();
        let mut before = 0;
        for bytes in input.chunks(piece) {
            match scan.scan(bytes) {
                Scanned::More => before += bytes.len(),
                Scanned::End(at) => return Scanned::End(before + at),
                Scanned::BareLineFeed(at) => return Scanned::BareLineFeed(before + at),
            }
        }
        Scanned::More
    }

    #[test]
    fn ends_and_bare_line_feeds_are_found_wherever_the_pieces_are_cut() {
        for (input, expected) in [
            ("GET / HTTP/1.1\r\nHost: x\r\n\r\nbody\n", Scanned::End(27)),
            ("\r\n\r\nGET / HTTP/1.1\r\n\r\n", Scanned::End(22)),
            ("GET / HTTP/1.1\r\nHost: x\r\n", Scanned::More),
            ("GET / HTTP/1.1\nHost: x\r\n\r\n", Scanned::BareLineFeed(14)),
            ("GET / HTTP/1.1\r\nHost: x\n\r\n", Scanned::BareLineFeed(23)),
            ("GET / HTTP/1.1\r\nHost: x\r\n\n", Scanned::BareLineFeed(25)),
            ("\nGET / HTTP/1.1\r\n\r\n", Scanned::BareLineFeed(0)),
            ("\r\n\nGET", Scanned::BareLineFeed(2)),
        ] {
            for piece in 1..=input.len() {
                assert_eq!(scanned(input.as_bytes(), piece), expected, "{input:?} by {piece}");
            }
        }
    }

    #[test]
    fn an_untouched_head_is_one_of_which_nothing_has_come() {
        let mut scan = HeadScan::default();
        assert!(scan.is_untouched());
        for piece in ["\r", "\n", "G"] {
            scan.scan(piece.as_bytes());
            assert!(!scan.is_untouched(), "{piece:?}");
        }
    }

    proptest! {
        /// Compared with a plain search for the two line ends.
        #[test]
        fn it_is_the_first_of_the_two(input in "[\r\na]{0,12}", piece in 1_usize..5) {
            let bytes = input.as_bytes();
            let bare = (0..bytes.len())
                .find(|at| bytes[*at] == b'\n' && (*at == 0 || bytes[at - 1] != b'\r'));
            let skipped = input.len() - input.trim_start_matches("\r\n").len();
            let end = input[skipped..].find("\r\n\r\n").map(|at| skipped + at + 4);
            let expected = match (bare, end) {
                (Some(bare), end) if end.is_none_or(|end| bare < end) => Scanned::BareLineFeed(bare),
                (_, Some(end)) => Scanned::End(end),
                _ => Scanned::More,
            };
            prop_assert_eq!(scanned(bytes, piece), expected);
        }
    }
}
