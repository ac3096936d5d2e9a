//! Whether a request that begins a session comes from the JavaScript client, recognised by what
//! none of its options changes.
//!
//! Nothing in the protocol says what a client can do, and every option changes some header: a
//! `User-Agent` can be set, compression switched off, a transport replaced. What stays the same is
//! *how* the client writes: the order of its query, the form of its time stamp, the order of the
//! headers that its libraries write, and the headers that browsers (and the `fetch` of Node.js) let
//! no page set. Ports of the client to other languages copy the protocol and not these.
//! docs/clients.md has the table of what was tried.
//!
//! Pure: the time is an argument.

use http::header::{
    ACCEPT, CONNECTION, HOST, HeaderName, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE, USER_AGENT,
};
use http::{HeaderMap, request};

/// Browsers and Node.js's `fetch` and `WebSocket` send it, and a page cannot set it.
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
/// What the `ws` package asks for unless compression is switched off.
const EXTENSIONS_OF_WS: &str = "permessage-deflate; client_max_window_bits";
/// The name of `xmlhttprequest-ssl` unless another is set.
const AGENT_OF_NODE: &str = "node-XMLHttpRequest";
/// Time stamps of Engine.IO clients: seven characters (to 4.7), or five of the time and up to three
/// drawn ones (4.8).
const STAMP_CHARS: std::ops::RangeInclusive<usize> = 6..=8;
/// How far a clock may be wrong that shows whole milliseconds in base 36 (the Dart client).
const CLOCK_SKEW_MS_MAX: u64 = 24 * 60 * 60 * 1_000;

/// `now_ms` is the time since 1970 in milliseconds.
pub(crate) fn is_javascript(head: &request::Parts, now_ms: u64) -> bool {
    let headers = &head.headers;
    match Asked::by(head.uri.query().unwrap_or_default(), now_ms) {
        Some(Asked::Websocket) => is_browser(headers) || is_of_ws(headers),
        Some(Asked::Polling { stamped }) => stamped || is_browser(headers) || is_of_xhr(headers),
        None => false,
    }
}

/// A query as the JavaScript client builds it: the application's parameters, then these, in this
/// order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Websocket,
    /// With a time stamp of its form: Java's has the same form, but another place.
    Polling {
        stamped: bool,
    },
}

impl Asked {
    fn by(query: &str, now_ms: u64) -> Option<Self> {
        let mut pairs = query.split('&').skip_while(|pair| *pair != "EIO=4").skip(1);
        let transport = pairs.next()?.strip_prefix("transport=")?;
        let mut stamped = false;
        for pair in pairs {
            let (name, value) = pair.split_once('=')?;
            match (name, value) {
                ("b64", "1") => {}
                // Its name is an option.
                _ if !stamped && is_stamp(value, now_ms) => stamped = true,
                _ => return None,
            }
        }
        match transport {
            "websocket" => Some(Self::Websocket),
            "polling" => Some(Self::Polling { stamped }),
            _ => None,
        }
    }
}

fn is_stamp(value: &str, now_ms: u64) -> bool {
    let (stamp, count) = value.split_once('.').unwrap_or((value, ""));
    let fits = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    // Whole seconds or milliseconds since 1970 come from other clients (C#, Rust, Dart).
    let is_time = u64::from_str_radix(stamp, 36)
        .is_ok_and(|ms| stamp.len() == 8 && ms.abs_diff(now_ms) <= CLOCK_SKEW_MS_MAX);
    STAMP_CHARS.contains(&stamp.len()) && fits(stamp) && fits(count) && !is_time
}

fn is_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(SEC_FETCH_MODE)
        || agent(headers).is_some_and(|agent| agent.starts_with("Mozilla/"))
}

/// The `ws` package writes these four in this order, with any other options; the C# client, which
/// also sends no name, has the last two first. A proxy may have changed the order: then the
/// extension that is asked for has to suffice.
fn is_of_ws(headers: &HeaderMap) -> bool {
    let connection_first = [CONNECTION, UPGRADE, SEC_WEBSOCKET_VERSION, SEC_WEBSOCKET_KEY];
    has_run(headers, &[SEC_WEBSOCKET_VERSION, SEC_WEBSOCKET_KEY, CONNECTION, UPGRADE])
        || (agent(headers).is_none()
            && headers.get(SEC_WEBSOCKET_EXTENSIONS).is_some_and(|asked| asked == EXTENSIONS_OF_WS)
            && !has_run(headers, &connection_first))
}

/// `xmlhttprequest-ssl` writes its name, what it accepts, the application's headers, and the host.
fn is_of_xhr(headers: &HeaderMap) -> bool {
    let begins = has_run(headers, &[USER_AGENT, ACCEPT])
        && headers.keys().next() == Some(&USER_AGENT)
        && headers.contains_key(HOST)
        && headers.get(ACCEPT).is_some_and(|accept| accept == "*/*");
    begins || agent(headers) == Some(AGENT_OF_NODE)
}

fn agent(headers: &HeaderMap) -> Option<&str> {
    headers.get(USER_AGENT).map(|agent| agent.to_str().unwrap_or_default())
}

/// True if these follow one another. A map from which nothing was removed is in the order in which
/// its headers came; a test with real clients would see a change of that.
fn has_run(headers: &HeaderMap, run: &[HeaderName]) -> bool {
    let names: Vec<&HeaderName> = headers.keys().collect();
    names.windows(run.len()).any(|window| window.iter().copied().eq(run.iter()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    /// 2026-11-28, in base 36 `mx04e0w0`.
    const NOW_MS: u64 = 1_795_852_800_000;
    const WS: &str = "Sec-WebSocket-Version: 13|Sec-WebSocket-Key: k|Connection: Upgrade|\
                      Upgrade: websocket";
    const DOTNET: &str = "Host: h|Connection: Upgrade|Upgrade: websocket|\
                          Sec-WebSocket-Version: 13|Sec-WebSocket-Key: k";

    fn asks(query: &str, headers: &str) -> bool {
        let mut request = Request::builder().uri(format!("/socket.io/?{query}"));
        for line in headers.split('|').filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').unwrap();
            request = request.header(name.trim(), value.trim());
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        is_javascript(&head, NOW_MS)
    }

    const WEBSOCKET: &str = "EIO=4&transport=websocket";
    const POLLING: &str = "EIO=4&transport=polling";

    #[test]
    fn what_the_javascript_client_sends_is_known_whatever_its_options() {
        let deflate = format!("{WS}|Sec-WebSocket-Extensions: {EXTENSIONS_OF_WS}|Host: h");
        let proxied = format!(
            "Upgrade: websocket|Connection: upgrade|Host: h|Sec-WebSocket-Version: 13|\
             Sec-WebSocket-Key: k|Sec-WebSocket-Extensions: {EXTENSIONS_OF_WS}"
        );
        for (query, headers) in [
            (WEBSOCKET, deflate.as_str()),
            (WEBSOCKET, proxied.as_str()),
            (WEBSOCKET, &format!("{WS}|Host: h")),
            (WEBSOCKET, &format!("{WS}|User-Agent: custom/1|Host: h")),
            (WEBSOCKET, &format!("User-Agent: custom/1|{WS}|Host: h")),
            ("token=t&EIO=4&transport=websocket&t=3tr9vt74", &format!("{WS}|Host: h")),
            (WEBSOCKET, "Host: h|User-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"),
            (POLLING, "User-Agent: node-XMLHttpRequest|Accept: */*|Host: h"),
            (POLLING, "User-Agent: custom/1|Accept: */*|X-Extra: 1|Host: h"),
            ("EIO=4&transport=polling&b64=1", "User-Agent: custom/1|Accept: */*|Host: h"),
            (POLLING, "host: h|User-Agent: custom/1|accept: */*|sec-fetch-mode: cors"),
            // React Native, behind any proxy: only the query shows it.
            ("EIO=4&transport=polling&t=3tr9vt74", "Host: h|User-Agent: okhttp/4.12"),
            ("a=1&EIO=4&transport=polling&t=Q8X7-vc.0&b64=1", "Host: h|User-Agent: App/1"),
            ("EIO=4&transport=polling&stamp=Q8X79vT", ""),
        ] {
            assert!(asks(query, headers), "{query} {headers}");
        }
    }

    #[test]
    fn other_clients_are_not_taken_for_it() {
        let deflate = format!("{DOTNET}|Sec-WebSocket-Extensions: {EXTENSIONS_OF_WS}");
        let okhttp = "Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Key: k|\
                      Sec-WebSocket-Version: 13|Sec-WebSocket-Extensions: permessage-deflate|\
                      Host: h|Accept-Encoding: gzip|User-Agent: okhttp/4.12";
        let dart = "User-Agent: Dart/3.5 (dart:io)|Connection: Upgrade|Cache-Control: no-cache|\
                    Accept-Encoding: gzip|Sec-WebSocket-Key: k|Host: h|\
                    Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits|\
                    Sec-WebSocket-Version: 13|Upgrade: websocket";
        for (who, query, headers) in [
            ("C#", WEBSOCKET, DOTNET),
            ("C#, compressing", WEBSOCKET, deflate.as_str()),
            ("C#", "EIO=4&transport=polling&t=1795852800", "Host: h"),
            ("Blazor", "EIO=4&transport=polling&t=1795852800", "User-Agent: Mozilla/5.0"),
            ("Java", WEBSOCKET, okhttp),
            ("Java", "t=Q8X79vT&EIO=4&transport=polling", "Accept: */*|User-Agent: okhttp/4.12"),
            ("Dart", WEBSOCKET, dart),
            ("Flutter web", "EIO=4&transport=polling&t=mx04e0w7", "User-Agent: Mozilla/5.0"),
            ("Python", "transport=websocket&EIO=4&t=1795852800.1", "User-Agent: Python/3.11"),
            ("Python", "transport=polling&EIO=4&t=1795852800.1", "Host: h|Accept: */*"),
            ("Swift", "transport=polling&b64=1&EIO=4", "Host: h|Accept: */*"),
            ("Swift", "transport=websocket&EIO=4", "Upgrade: websocket|Connection: Upgrade"),
            ("Rust", "EIO=4&transport=polling&t=1795852800", "accept: */*|host: h"),
            ("Go", WEBSOCKET, "Host: h|User-Agent: Go-http-client/1.1|Connection: Upgrade"),
            ("curl", POLLING, "Host: h|User-Agent: curl/8|Accept: */*"),
            ("nobody", "", ""),
        ] {
            assert!(!asks(query, headers), "{who}: {query} {headers}");
        }
    }
}
