//! Heads of requests: the decision about each is what it asks for.

use http::header::{AUTHORIZATION, SEC_WEBSOCKET_EXTENSIONS};
use http::{Method, Request, StatusCode, request};

use crate::decision::{Decision, Transport, decide, query_value};
use crate::handshake::Handshake;
use crate::websocket::handshake::{accept, is_asked_for};

/// The one polling session and the one websocket that there are.
const POLLING: &str = "p";
const WEBSOCKET: &str = "w";

/// A method, a query and headers, each on a line of its own.
pub fn requests(data: &[u8]) {
    let Some(head) = head(data) else { return };
    let query = head.uri.query().unwrap_or_default();
    let is = |name: &str, value: &str| query_value(query, name).as_deref() == Some(value);
    let upgrade = is_asked_for(&head.headers);
    let opens = query_value(query, "sid").is_none() && is("EIO", "4") && head.method == Method::GET;
    match decide(&head, find) {
        Ok(Decision::OpenPolling) => assert!(opens && !upgrade && is("transport", "polling")),
        Ok(Decision::OpenWebsocket) => assert!(opens && upgrade && is("transport", "websocket")),
        Ok(Decision::Poll(sid)) => {
            assert!(sid == POLLING && is("sid", sid) && !upgrade && head.method == Method::GET);
        }
        Ok(Decision::Post(sid)) => {
            assert!(sid == POLLING && is("sid", sid) && !upgrade && head.method == Method::POST);
        }
        Ok(Decision::Upgrade(sid)) => assert!(is("sid", sid) && upgrade),
        Err(refusal) => assert_eq!(refusal.response().status(), StatusCode::BAD_REQUEST),
    }
    if let Ok(response) = accept(&head) {
        assert!(upgrade && head.method == Method::GET);
        assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
        assert!(!response.headers().contains_key(SEC_WEBSOCKET_EXTENSIONS));
    }
    let handshake = Handshake::of(&head);
    assert_eq!(handshake.query("transport"), query_value(query, "transport"));
    assert!(handshake.bearer() == Ok(None) || head.headers.contains_key(AUTHORIZATION));
}

fn find(sid: &str) -> Option<(&'static str, Transport)> {
    match sid {
        POLLING => Some((POLLING, Transport::Polling)),
        WEBSOCKET => Some((WEBSOCKET, Transport::Websocket)),
        _ => None,
    }
}

fn head(data: &[u8]) -> Option<request::Parts> {
    let mut lines = data.split(|byte| *byte == b'\n');
    let method = Method::from_bytes(lines.next()?).ok()?;
    let uri = [b"/socket.io/?", lines.next()?].concat();
    let mut request = Request::builder().method(method).uri(uri.as_slice());
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        request = request.header(&line[..colon], &line[colon + 1..]);
    }
    Some(request.body(()).ok()?.into_parts().0)
}
