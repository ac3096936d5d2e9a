//! The address to listen on, as `host:port`.
//!
//! A name such as `localhost` stays a name: it may stand for an IPv4 and an IPv6 address, and only
//! the code that binds it resolves it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::fault::quoted;

/// RFC 1035, 2.3.4.
const HOST_BYTES_MAX: usize = 253;

/// A host name or address, without brackets, and a port; for 0 the system chooses the port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListenAddress {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl ListenAddress {
    /// Whether only this machine reaches it.
    pub(crate) fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        address.map_or(self.host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            write!(formatter, "[{host}]:{port}")
        } else {
            write!(formatter, "{host}:{port}")
        }
    }
}

pub(super) fn listen(text: &str) -> Result<ListenAddress, String> {
    let malformed = || format!("{} is not `host:port`, such as `localhost:3000`", quoted(text));
    let (host, port_text) = text.rsplit_once(':').ok_or_else(malformed)?;
    let host = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inside) if inside.parse::<Ipv6Addr>().is_ok() => inside,
        None if is_host(host) => host,
        None if text.parse::<Ipv6Addr>().is_ok() || host.parse::<Ipv6Addr>().is_ok() => {
            return Err(format!("{} needs brackets, such as `[::1]:3000`", quoted(text)));
        }
        _ => return Err(malformed()),
    };
    match port(port_text) {
        Some(port) => Ok(ListenAddress { host: host.to_owned(), port }),
        None => Err(format!("{} has no port from 0 to 65535", quoted(text))),
    }
}

/// A port in plain digits; Rust's own parser would allow a `+`.
pub(super) fn port(text: &str) -> Option<u16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Whether this is an IPv4 address or a name in ASCII.
pub(super) fn is_host(text: &str) -> bool {
    let label_is_fine = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    // A name that ends in a number is read as an IPv4 address, as in the URL standard.
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= HOST_BYTES_MAX
        && text.split('.').all(label_is_fine)
        && (!text.rsplit('.').next().is_some_and(is_number) || text.parse::<Ipv4Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::super::testing::faults;
    use super::{ListenAddress, listen};

    #[test]
    fn hosts_and_ports() {
        for (text, host, port) in [
            ("localhost:3000", "localhost", 3000),
            ("0.0.0.0:80", "0.0.0.0", 80),
            ("[::]:0", "::", 0),
            ("[fe80::1]:65535", "fe80::1", 65535),
            ("seat_wire-1.internal:8080", "seat_wire-1.internal", 8080),
        ] {
            let address = ListenAddress { host: host.to_owned(), port };
            assert_eq!(address.to_string(), text);
            assert_eq!(listen(text), Ok(address));
        }
    }

    #[test]
    fn what_is_none() {
        let malformed = "is not `host:port`, such as `localhost:3000`";
        let no_port = "has no port from 0 to 65535";
        let brackets = "needs brackets, such as `[::1]:3000`";
        for (text, told) in [
            ("", malformed),
            ("3000", malformed),
            (":3000", malformed),
            ("http://localhost:3000", malformed),
            ("local host:3000", malformed),
            ("256.0.0.1:80", malformed),
            ("[localhost]:80", malformed),
            ("[::1:80", malformed),
            ("şehir.example:80", malformed),
            ("::1:3000", brackets),
            ("::", brackets),
            ("localhost:", no_port),
            ("localhost:http", no_port),
            ("localhost:+80", no_port),
            ("localhost:65536", no_port),
            ("localhost:-1", no_port),
        ] {
            let told = format!("--listen: {text:?} {told}");
            assert_eq!(faults(&[&format!("--listen={text}")], &[], ""), [told]);
        }
    }
}
