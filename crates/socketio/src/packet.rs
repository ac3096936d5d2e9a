//! Socket.IO v5 packets as they stand in an Engine.IO message: reading.
//!
//! `<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]`, the Socket.IO protocol, revision 5.
//! The JSON is not parsed here, only found; a borrowed packet costs no allocation. Writing is in
//! [`encode`](crate::encode).

/// The number of an event for which a client wants an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckId(pub(crate) u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Connect,
    Disconnect,
    Event,
    Ack,
    ConnectError,
    BinaryEvent,
    BinaryAck,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    pub(crate) kind: Kind,
    /// How many binary messages follow; 0 unless the kind is binary.
    pub(crate) attachments: usize,
    pub(crate) namespace: &'a str,
    pub(crate) id: Option<AckId>,
    /// The JSON after everything else; may be empty.
    pub(crate) data: &'a str,
}

/// The packet is not of the protocol's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

pub(crate) fn parse(text: &str) -> Result<Packet<'_>, Malformed> {
    let kind = match text.as_bytes().first().ok_or(Malformed)? {
        b'0' => Kind::Connect,
        b'1' => Kind::Disconnect,
        b'2' => Kind::Event,
        b'3' => Kind::Ack,
        b'4' => Kind::ConnectError,
        b'5' => Kind::BinaryEvent,
        b'6' => Kind::BinaryAck,
        _ => return Err(Malformed),
    };
    let rest = &text[1..];
    let (attachments, rest) = match kind {
        Kind::BinaryEvent | Kind::BinaryAck => {
            let (count, rest) = rest.split_once('-').ok_or(Malformed)?;
            (number(count)?, rest)
        }
        _ => (0, rest),
    };
    let (namespace, rest) = match rest.strip_prefix('/') {
        None => ("/", rest),
        // A namespace may stand at the very end, without a comma.
        Some(after) => match after.find(',') {
            Some(comma) => (&rest[..=comma], &after[comma + 1..]),
            None => (rest, ""),
        },
    };
    // A query after a namespace is a rest of older protocols and means nothing.
    let namespace = namespace.split('?').next().unwrap_or(namespace);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (id, data) = rest.split_at(digits);
    let id = if id.is_empty() { None } else { Some(AckId(number(id)?)) };
    Ok(Packet { kind, attachments, namespace, id, data })
}

fn number<N: std::str::FromStr>(digits: &str) -> Result<N, Malformed> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Malformed);
    }
    digits.parse().map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, kind: Kind, namespace: &str, id: Option<u64>, data: &str) {
        let want = Packet { kind, attachments: 0, namespace, id: id.map(AckId), data };
        assert_eq!(parse(text), Ok(want), "{text}");
    }

    #[test]
    fn packets_of_the_protocol_text() {
        check("0", Kind::Connect, "/", None, "");
        check(r#"0{"token":"1"}"#, Kind::Connect, "/", None, r#"{"token":"1"}"#);
        check("0/admin,", Kind::Connect, "/admin", None, "");
        check("0/admin", Kind::Connect, "/admin", None, "");
        check(r#"0/admin?a=b,{"c":1}"#, Kind::Connect, "/admin", None, r#"{"c":1}"#);
        check("1/admin,", Kind::Disconnect, "/admin", None, "");
        check(r#"2["foo"]"#, Kind::Event, "/", None, r#"["foo"]"#);
        check(r#"2/a,["foo"]"#, Kind::Event, "/a", None, r#"["foo"]"#);
        check(r#"212["foo","/,"]"#, Kind::Event, "/", Some(12), r#"["foo","/,"]"#);
        check(r#"3/a,13["bar"]"#, Kind::Ack, "/a", Some(13), r#"["bar"]"#);
        check(r#"4/a,{"message":"no"}"#, Kind::ConnectError, "/a", None, r#"{"message":"no"}"#);
    }

    #[test]
    fn binary_packets_say_how_much_follows() {
        let packet = parse(r#"52-/a,7["x",{"_placeholder":true,"num":0}]"#).unwrap();
        assert_eq!((packet.kind, packet.attachments), (Kind::BinaryEvent, 2));
        assert_eq!((packet.namespace, packet.id), ("/a", Some(AckId(7))));
    }

    #[test]
    fn other_texts_are_malformed() {
        for text in ["", "7", "a", "5[]", "5a-[]", "5-[]", "5+1-[]", "299999999999999999999[]"] {
            assert_eq!(parse(text), Err(Malformed), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "[0-6]?.*") {
            let _ = parse(&text);
        }

        #[test]
        fn what_was_put_together_is_taken_apart(
            name in "[a-z]{1,9}", id in proptest::option::of(any::<u64>()), data in r#"\["[a-z,/0-9]*"\]"#
        ) {
            let digits = id.map(|id| id.to_string()).unwrap_or_default();
            let text = format!("2/{name},{digits}{data}");
            let packet = parse(&text).unwrap();
            prop_assert_eq!(packet.namespace, format!("/{name}"));
            prop_assert_eq!(packet.id, id.map(AckId));
            prop_assert_eq!(packet.data, data);
        }
    }
}
