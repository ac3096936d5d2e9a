//! The answer to a request that hyper cannot parse: hyper's own answer has no body, so the client
//! gets the problem document that every other refusal has.

use http::StatusCode;

use crate::error_codes::ErrorCode;
use crate::http::problem::Problem;
use crate::http::request_id::RequestId;

/// In hyper's own spelling; an answer of the routes never has this.
const NO_BODY: &str = "content-length: 0\r\n";
/// Every answer of ours has one.
const OURS: &str = "x-request-id: ";

/// The refusal that hyper is about to write, with a body, and its status. `None` if it is anything
/// else.
pub(super) fn in_our_words(
    answer: &[u8],
    is_bare_line_feed: bool,
) -> Option<(StatusCode, Vec<u8>)> {
    let head = std::str::from_utf8(answer).ok()?.strip_suffix("\r\n")?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let status = StatusCode::from_u16(status).ok().filter(StatusCode::is_client_error)?;
    if !head.contains(NO_BODY) || head.contains(OURS) {
        return None;
    }
    let (code, detail) = match status {
        _ if is_bare_line_feed => {
            (ErrorCode::MALFORMED_HEAD, "a line of the head ends in LF without CR")
        }
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            (ErrorCode::HEAD_TOO_LARGE, "the head of the request is too large")
        }
        StatusCode::URI_TOO_LONG => (ErrorCode::ADDRESS_TOO_LONG, "the address is too long"),
        _ => (ErrorCode::MALFORMED_HEAD, "the head of the request is not HTTP/1.1"),
    };
    let id = RequestId::fresh();
    let id = id.as_str();
    let body = Problem::new(code, detail).with_status(status).body("", id);
    let ours = format!(
        "content-type: application/problem+json\r\ncontent-length: {}\r\n{OURS}{id}\r\n\
         x-content-type-options: nosniff\r\n",
        body.len()
    );
    let mut whole = head.replacen(NO_BODY, &ours, 1).into_bytes();
    whole.extend_from_slice(b"\r\n");
    whole.extend(body);
    Some((status, whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_hyper_says_itself_is_said_in_other_words() {
        let hyper = "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n\
                     content-length: 0\r\ndate: Sat, 28 Nov 2026 08:00:00 GMT\r\n\r\n";
        let (status, whole) = in_our_words(hyper.as_bytes(), false).unwrap();
        assert_eq!(status, 431);
        let whole = String::from_utf8(whole).unwrap();
        let (head, body) = whole.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 431 ") && head.contains("date: "), "{head}");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        assert_eq!(head.matches("content-length").count(), 1);
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!((&body["code"], &body["status"]), (&"head_too_large".into(), &431.into()));
        for other in [
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nx-request-id: a\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 10\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "",
        ] {
            assert_eq!(in_our_words(other.as_bytes(), false), None, "{other:?}");
        }
    }
}
