//! Where a request comes from that a proxy forwards (RFC 7239, and `X-Forwarded-For` in its usual
//! form).
//!
//! Each proxy writes down from where it got the request, after what was written before. So hops are
//! read from the right, and the first one that is not one of our proxies is the caller: everything
//! left of it was written by the caller, who may write anything. Without `SEATWIRE_TRUSTED_PROXIES`
//! nothing is read.
//!
//! A hop without an address (`unknown`, `_hidden`, nonsense) ends the reading: then the proxy that
//! forwarded it stands for all callers that hide behind it. The same when both headers are there
//! and differ: a proxy writes one of them, and lets the other through as the caller made it up.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

use crate::config::TrustedProxies;

pub(crate) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The networks of trusted proxies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(Vec<IpNet>);

impl Proxies {
    pub(crate) fn new(TrustedProxies(networks): &TrustedProxies) -> Self {
        Self(networks.clone())
    }

    pub(crate) fn is_one(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Which address has sent this request, which came from `peer`.
    pub(crate) fn caller(&self, peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
        if !self.is_one(peer.ip()) {
            return peer;
        }
        let forwarded = hops(headers, &header::FORWARDED, forwarded_hops);
        let x_forwarded_for = hops(headers, &X_FORWARDED_FOR, x_forwarded_for_hops);
        let found = match (forwarded, x_forwarded_for) {
            (None, None) => None,
            (Some(hops), None) | (None, Some(hops)) => self.first_caller(&hops),
            (Some(one), Some(other)) => {
                let (one, other) = (self.first_caller(&one), self.first_caller(&other));
                one.filter(|_| one == other)
            }
        };
        // The port is the proxy's, and no caller is identified by it.
        found.map_or(peer, |address| SocketAddr::new(address, peer.port()))
    }

    /// From the right, the first that is not ours; or the last of ours, if nothing readable
    /// follows.
    fn first_caller(&self, hops: &[Option<IpAddr>]) -> Option<IpAddr> {
        let mut last = None;
        for hop in hops.iter().rev() {
            let Some(address) = hop else { break };
            last = Some(*address);
            if !self.is_one(*address) {
                break;
            }
        }
        last
    }
}

/// Several header lines are one list.
fn hops(
    headers: &HeaderMap,
    name: &HeaderName,
    read: fn(&str) -> Vec<Option<IpAddr>>,
) -> Option<Vec<Option<IpAddr>>> {
    let mut lines = headers.get_all(name).iter().peekable();
    lines.peek()?;
    // A line that is not text counts as one unreadable hop, at its place.
    Some(lines.flat_map(|line| line.to_str().map_or_else(|_| vec![None], read)).collect())
}

fn x_forwarded_for_hops(line: &str) -> Vec<Option<IpAddr>> {
    line.split(',').map(|hop| address(hop.trim())).collect()
}

/// `for=192.0.2.60;proto=http, for="[2001:db8::1]:4711"`.
fn forwarded_hops(line: &str) -> Vec<Option<IpAddr>> {
    let Some(elements) = split_outside_quotes(line, ',') else { return vec![None] };
    let hop = |element: &str| {
        let pairs = split_outside_quotes(element, ';')?;
        let mut nodes = pairs.into_iter().filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case("for").then(|| unquoted(value.trim()))
        });
        // Two `for` parameters count as none.
        let node = nodes.next().filter(|_| nodes.next().is_none())?;
        address(&node)
    };
    elements.into_iter().map(hop).collect()
}

/// `None` if a quote is not closed.
fn split_outside_quotes(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut begun, mut is_quoted, mut is_escaped) = (Vec::new(), 0, false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if character == separator && !is_quoted => {
                parts.push(&text[begun..at]);
                begun = at + separator.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[begun..]);
    (!is_quoted).then_some(parts)
}

fn unquoted(value: &str) -> String {
    let inside = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match inside {
        // No address contains a backslash, so escaped characters need no care.
        Some(inside) => inside.replace('\\', ""),
        None => value.to_owned(),
    }
}

/// An address, with a port or without: `192.0.2.1`, `192.0.2.1:80`, `::1`, `[::1]`, `[::1]:80`.
fn address(node: &str) -> Option<IpAddr> {
    let found = match node.strip_prefix('[') {
        Some(rest) => {
            let (inside, port) = rest.split_once(']')?;
            let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
            inside.parse::<std::net::Ipv6Addr>().ok().filter(|_| is_port).map(IpAddr::V6)
        }
        None => node.parse().ok().or_else(|| {
            let (host, port) = node.rsplit_once(':')?;
            host.parse::<std::net::Ipv4Addr>().ok().filter(|_| is_port(port)).map(IpAddr::V4)
        }),
    };
    found.map(|address: IpAddr| address.to_canonical())
}

/// A port number, or a name that hides it.
fn is_port(port: &str) -> bool {
    let is_hidden = port.strip_prefix('_').is_some_and(|name| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    });
    is_hidden || (port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn caller(trusted: &[&str], peer: &str, headers: &[(&'static str, &str)]) -> String {
        let networks: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let peer = SocketAddr::new(peer.parse().unwrap(), 1);
        Proxies(networks).caller(peer, &map).ip().to_string()
    }

    const OURS: [&str; 2] = ["10.0.0.0/8", "fd00::/8"];

    #[test]
    fn without_the_setting_and_from_others_nothing_is_read() {
        let told = [("x-forwarded-for", "192.0.2.7"), ("forwarded", "for=192.0.2.7")];
        assert_eq!(caller(&[], "10.0.0.1", &told), "10.0.0.1");
        assert_eq!(caller(&OURS, "203.0.113.9", &told), "203.0.113.9");
    }

    #[test]
    fn hops_are_read_from_the_right_until_the_first_that_is_not_ours() {
        for (x_forwarded_for, found) in [
            ("192.0.2.7", "192.0.2.7"),
            // What the caller made up is on the left.
            ("1.1.1.1, 192.0.2.7", "192.0.2.7"),
            ("1.1.1.1, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
            ("10.9.9.9, 192.0.2.7, 10.0.0.2, 10.0.0.3", "192.0.2.7"),
            ("10.0.0.5, 10.0.0.4", "10.0.0.5"),
            ("192.0.2.7:4711", "192.0.2.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            (" 192.0.2.7 ", "192.0.2.7"),
            // It is unknown who that is: the proxy that forwarded it stands for them.
            ("1.1.1.1, unknown", "10.0.0.1"),
            ("1.1.1.1, unknown, 10.0.0.2", "10.0.0.2"),
            ("1.1.1.1, _hidden", "10.0.0.1"),
            ("", "10.0.0.1"),
            ("192.0.2.7,", "10.0.0.1"),
            ("192.0.2.7, , 10.0.0.2", "10.0.0.2"),
            ("192.0.2.7 192.0.2.8", "10.0.0.1"),
            ("192.0.2.7:port", "10.0.0.1"),
            ("192.0.2.7:99999", "10.0.0.1"),
            ("[192.0.2.7]", "10.0.0.1"),
            ("[2001:db8::1", "10.0.0.1"),
            ("[2001:db8::1]x", "10.0.0.1"),
            ("192.0.2.256", "10.0.0.1"),
            ("example.com", "10.0.0.1"),
            ("ü", "10.0.0.1"),
        ] {
            let headers = [("x-forwarded-for", x_forwarded_for)];
            assert_eq!(caller(&OURS, "10.0.0.1", &headers), found, "{x_forwarded_for}");
        }
        let lines = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "192.0.2.7")];
        assert_eq!(caller(&OURS, "10.0.0.1", &lines), "192.0.2.7", "lines are one list");
        assert_eq!(caller(&OURS, "::ffff:10.0.0.1", &lines), "192.0.2.7", "a mapped proxy");
    }

    #[test]
    fn forwarded_says_the_same_in_other_words() {
        for (forwarded, found) in [
            ("for=192.0.2.7", "192.0.2.7"),
            ("For=192.0.2.7;proto=http;by=10.0.0.1", "192.0.2.7"),
            ("proto=https; for=192.0.2.7", "192.0.2.7"),
            ("for=1.1.1.1, for=192.0.2.7, for=10.0.0.2", "192.0.2.7"),
            (r#"for="192.0.2.7:4711""#, "192.0.2.7"),
            (r#"for="[2001:db8::1]:4711""#, "2001:db8::1"),
            (r#"for="[2001:db8::1]:_port""#, "2001:db8::1"),
            (r#"for="\1.1.1.1";host="a,b;for=2.2.2.2""#, "1.1.1.1"),
            ("for=unknown", "10.0.0.1"),
            ("for=_hidden", "10.0.0.1"),
            ("for=1.1.1.1, for=_hidden", "10.0.0.1"),
            ("proto=https", "10.0.0.1"),
            ("for=1.1.1.1;for=2.2.2.2", "10.0.0.1"),
            // A quote that the caller opened, and after which our proxy wrote.
            (r#"for="1.1.1.1, for=192.0.2.7"#, "10.0.0.1"),
            ("", "10.0.0.1"),
        ] {
            let headers = [("forwarded", forwarded)];
            assert_eq!(caller(&OURS, "10.0.0.1", &headers), found, "{forwarded}");
        }
    }

    #[test]
    fn two_headers_have_to_agree() {
        let told = |x: &str, forwarded: &str| {
            caller(&OURS, "10.0.0.1", &[("x-forwarded-for", x), ("forwarded", forwarded)])
        };
        assert_eq!(told("192.0.2.7", "for=192.0.2.7"), "192.0.2.7");
        assert_eq!(told("192.0.2.7", "for=1.1.1.1"), "10.0.0.1");
        assert_eq!(told("192.0.2.7", "for=unknown"), "10.0.0.1");
        assert_eq!(told("unknown", "for=_x"), "10.0.0.1");
    }
}
