//! What a request to the server is, decided from its head alone, in the protocol's order.
//!
//! Pure: a function answers which sessions exist. The error codes are those of the reference
//! implementation.

use http::{Method, request};

use crate::refusal::Refusal;
use crate::websocket::handshake::is_asked_for;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Polling,
    Websocket,
}

/// What to do with a request. `S` is a session that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision<S> {
    OpenPolling,
    OpenWebsocket,
    Poll(S),
    Post(S),
    Upgrade(S),
}

pub(crate) fn decide<S>(
    head: &request::Parts,
    find: impl FnOnce(&str) -> Option<(S, Transport)>,
) -> Result<Decision<S>, Refusal> {
    let query = head.uri.query().unwrap_or_default();
    let upgrade = is_asked_for(&head.headers);
    let transport = match query_value(query, "transport").as_deref() {
        Some("polling") => Transport::Polling,
        Some("websocket") => Transport::Websocket,
        _ => return Err(Refusal::TransportUnknown),
    };
    let Some(sid) = query_value(query, "sid") else {
        if head.method != Method::GET {
            return Err(Refusal::BadHandshakeMethod);
        }
        if (transport == Transport::Websocket) != upgrade {
            return Err(Refusal::BadRequest);
        }
        if query_value(query, "EIO").as_deref() != Some("4") {
            return Err(Refusal::UnsupportedVersion);
        }
        return Ok(match transport {
            Transport::Polling => Decision::OpenPolling,
            Transport::Websocket => Decision::OpenWebsocket,
        });
    };
    let (session, current) = find(&sid).ok_or(Refusal::SessionUnknown)?;
    if upgrade {
        return match transport {
            Transport::Websocket => Ok(Decision::Upgrade(session)),
            Transport::Polling => Err(Refusal::BadRequest),
        };
    }
    if transport != current || transport == Transport::Websocket {
        return Err(Refusal::BadRequest);
    }
    match head.method {
        Method::GET => Ok(Decision::Poll(session)),
        Method::POST => Ok(Decision::Post(session)),
        _ => Err(Refusal::BadRequest),
    }
}

/// The first value of a query parameter, percent-decoded.
pub(crate) fn query_value(query: &str, name: &str) -> Option<String> {
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut values = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
    values.next().map(percent_decoded)
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                _ => bytes.push(b'%'),
            },
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn check(method: &str, query: &str, upgrade: bool, want: Result<Decision<u8>, Refusal>) {
        let mut request = Request::builder().method(method).uri(format!("/socket.io/?{query}"));
        if upgrade {
            request = request.header("connection", "Upgrade").header("upgrade", "websocket");
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        let find = |sid: &str| match sid {
            "p" => Some((1, Transport::Polling)),
            "w" => Some((2, Transport::Websocket)),
            _ => None,
        };
        assert_eq!(decide(&head, find), want, "{method} {query}");
    }

    #[test]
    fn requests_are_told_apart() {
        check("GET", "EIO=4&transport=polling", false, Ok(Decision::OpenPolling));
        check("GET", "EIO=4&transport=websocket", true, Ok(Decision::OpenWebsocket));
        check("GET", "EIO=4&transport=polling&sid=p", false, Ok(Decision::Poll(1)));
        check("POST", "EIO=4&transport=polling&sid=p", false, Ok(Decision::Post(1)));
        check("GET", "EIO=4&transport=websocket&sid=p", true, Ok(Decision::Upgrade(1)));
        check("GET", "EIO=4&transport=websocket&sid=w", true, Ok(Decision::Upgrade(2)));
    }

    #[test]
    fn faults_have_the_protocols_codes() {
        check("GET", "", false, Err(Refusal::TransportUnknown));
        check("GET", "EIO=4&transport=abc", false, Err(Refusal::TransportUnknown));
        check("GET", "EIO=4&transport=polling&sid=x", false, Err(Refusal::SessionUnknown));
        check("POST", "EIO=4&transport=polling", false, Err(Refusal::BadHandshakeMethod));
        check("GET", "EIO=4&transport=websocket", false, Err(Refusal::BadRequest));
        check("GET", "EIO=4&transport=polling&sid=w", false, Err(Refusal::BadRequest));
        check("PUT", "EIO=4&transport=polling&sid=p", false, Err(Refusal::BadRequest));
        check("GET", "EIO=4&transport=websocket&sid=w", false, Err(Refusal::BadRequest));
        check("GET", "transport=polling", false, Err(Refusal::UnsupportedVersion));
        check("GET", "EIO=3&transport=polling", false, Err(Refusal::UnsupportedVersion));
        check("GET", "EIO=abc&transport=websocket", true, Err(Refusal::UnsupportedVersion));
    }

    #[test]
    fn query_values_are_decoded() {
        let query = "a=1%20%C3%BC&b&c=x+y&a=2&d=%zz%2";
        let value = |name| query_value(query, name);
        assert_eq!(value("a").as_deref(), Some("1 ü"));
        assert_eq!(value("b").as_deref(), Some(""));
        assert_eq!(value("c").as_deref(), Some("x y"));
        assert_eq!(value("d").as_deref(), Some("%zz%2"));
        assert_eq!(value("e"), None);
    }
}
