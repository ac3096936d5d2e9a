//! Engine.IO v4 packets: one character for the type, then the data.
//!
//! Source: the Engine.IO protocol, revision 4. Several packets in one polling body are separated by
//! a record separator. This file knows nothing of what a message means.

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

/// The packets of a polling body.
pub(crate) fn split(body: &str) -> impl Iterator<Item = &str> {
    body.split(SEPARATOR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        assert_eq!(split("4a\u{1e}2\u{1e}4b").collect::<Vec<_>>(), ["4a", "2", "4b"]);
        assert_eq!(split("").collect::<Vec<_>>(), [""]);
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(body in ".*") {
            for packet in split(&body) {
                if let Some((_, data)) = parse(packet) {
                    prop_assert_eq!(data.len() + 1, packet.len());
                }
            }
        }
    }
}
