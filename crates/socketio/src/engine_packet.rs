//! Engine.IO v4 packets: one character for the type, then the data.
//!
//! Source: the Engine.IO protocol, revision 4. Several packets in one polling body are separated by
//! a record separator, and a binary one there is base64 behind a `b`. This file does not know what
//! a message means.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Separates the packets of a polling body.
pub(crate) const SEPARATOR: char = '\u{1e}';

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Open,
    Close,
    Ping,
    Pong,
    Message,
    Upgrade,
    Noop,
}

/// The type of a packet and its data; `None` if the first character is no type.
pub(crate) fn parse(packet: &str) -> Option<(Kind, &str)> {
    let kind = match packet.as_bytes().first()? {
        b'0' => Kind::Open,
        b'1' => Kind::Close,
        b'2' => Kind::Ping,
        b'3' => Kind::Pong,
        b'4' => Kind::Message,
        b'5' => Kind::Upgrade,
        b'6' => Kind::Noop,
        _ => return None,
    };
    Some((kind, &packet[1..]))
}

/// One packet of a polling body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// With its type.
    Text(&'a str),
    Binary(Vec<u8>),
}

/// The packets of a polling body; an error where one is not base64.
pub(crate) fn split(body: &str) -> impl Iterator<Item = Result<Part<'_>, base64::DecodeError>> {
    body.split(SEPARATOR).map(|packet| match packet.strip_prefix('b') {
        None => Ok(Part::Text(packet)),
        Some(binary) => STANDARD.decode(binary).map(Part::Binary),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_apart() {
        let table = [
            ("0{}", Some((Kind::Open, "{}"))),
            ("1", Some((Kind::Close, ""))),
            ("2probe", Some((Kind::Ping, "probe"))),
            ("3", Some((Kind::Pong, ""))),
            ("4hello", Some((Kind::Message, "hello"))),
            ("5", Some((Kind::Upgrade, ""))),
            ("6", Some((Kind::Noop, ""))),
            ("", None),
            ("7", None),
            ("abc", None),
            ("äbc", None),
        ];
        for (text, want) in table {
            assert_eq!(parse(text), want, "{text}");
        }
    }

    #[test]
    fn a_body_is_a_list_of_packets() {
        let parts = |body| split(body).collect::<Result<Vec<_>, _>>();
        let want = [Part::Text("4a"), Part::Binary(vec![1, 2]), Part::Text("2")];
        assert_eq!(parts("4a\u{1e}bAQI=\u{1e}2").unwrap(), want);
        assert_eq!(parts("").unwrap(), [Part::Text("")]);
        for wrong in ["b*", "4a\u{1e}bAQI", "bAQ I="] {
            assert!(parts(wrong).is_err(), "{wrong}");
        }
    }
}
