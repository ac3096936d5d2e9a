//! The list as the page `docs/errors.md`, and the rules for every row.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::*;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");

const OPENING: &str = "# Errors

Every error code of the server. Compare `code`, never the sentence: sentences may change, codes do not. This page is made from
`crates/server/src/error_codes.rs` by its test; with `UPDATE_DOCUMENTS=1` the test writes it again.

## HTTP

The body is `application/problem+json`; its `type` is `urn:seatwire:problem:` and the code, its fields stand in the
[Guide](guide.md#rest). The column *again* says what happens when you send the same request again:

- *no*: it is refused again.
- *wait*: it may succeed after the seconds in `Retry-After`.
- *same key*: it may succeed. A write is safe with the same `Idempotency-Key`. Wait longer after each try.

| code | status | again | meaning | what to do |
|---|---|---|---|---|
";

const SOCKETS: &str = "
## Socket.IO and plain WebSocket

The event `error` (and the acknowledgement) is `{message, code, event?, routeId?}`. It leaves the connection open.

| code | again | meaning | what to do |
|---|---|---|---|
";

const CLOSING: &str = "
A connection that is refused at its beginning gets no such event. Socket.IO clients get `connect_error` with the message
`Unauthorized` for a bad token: log in again, a new try with the same token fails too; or `Unavailable` (503 on a plain
WebSocket) while an identity provider does not answer: call `connect()` again in a while. `/socket.io/` itself answers as
that protocol says:

| body | status | meaning |
|---|---|---|
| `{\"code\":0}`, `{\"code\":2}`, `{\"code\":3}`, `{\"code\":5}` | 400 | transport, method, request or protocol version that is not known: correct the client |
| `{\"code\":1}` | 400 | the session has ended; stock clients connect again by themselves |
| `{\"code\":4}` | 403, 429, 503 | this origin may not connect · too many connections · full or stopping: wait `Retry-After` |

## Declined cards

`POST /payments` with a card that is declined is no error: 200 with `{success: false, message, errorCode}`. `errorCode` is
the payment provider's; the mock provider has `INSUFFICIENT_FUNDS` (cards that end in `1111`) and `INVALID_CARD`
(`2222`). The seat stays reserved: offer another card.
";

fn document() -> String {
    let mut text = OPENING.to_owned();
    for ErrorCode { name, status, retry, help: [means, action] } in ErrorCode::ALL {
        let again = match retry {
            Retry::No => "no",
            Retry::Wait => "wait",
            Retry::SameKey => "same key",
        };
        writeln!(text, "| `{name}` | {} | {again} | {means} | {action} |", status.as_u16())
            .unwrap();
    }
    text.push_str(SOCKETS);
    for SocketErrorCode { name, may_retry, help: [means, action] } in SocketErrorCode::ALL {
        let again = if *may_retry { "wait" } else { "no" };
        writeln!(text, "| `{name}` | {again} | {means} | {action} |").unwrap();
    }
    text.push_str(CLOSING);
    text
}

#[test]
fn the_document_lists_every_code() {
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        std::fs::write(DOCUMENT, document()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(DOCUMENT).unwrap(), document());
}

#[test]
fn a_code_stands_once_and_in_the_order_of_its_status() {
    let names: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), ErrorCode::ALL.len());
    assert!(ErrorCode::ALL.is_sorted_by_key(|code| code.status()));
    for code in ErrorCode::ALL {
        let waits = [429, 503].contains(&code.status().as_u16());
        assert_eq!(code.retry == Retry::Wait, waits, "{}", code.name());
    }
}
