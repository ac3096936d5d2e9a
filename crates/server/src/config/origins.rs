//! Which web origins may send requests, as browsers send them in `Origin` (RFC 6454, 6.2).
//!
//! An origin is kept in the one form in which a browser writes it, so that origins are compared
//! byte by byte: lower case, and without the scheme's default port.

use std::fmt;
use std::net::Ipv6Addr;

use super::fault::quoted;
use super::listen::{is_host, port};

/// Which pages of other hosts may send requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CorsOrigins {
    Any,
    /// `scheme://host[:port]` each, in the browser's form; empty: no page of another host.
    List(Vec<String>),
}

impl fmt::Display for CorsOrigins {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => formatter.write_str("*"),
            Self::List(origins) if origins.is_empty() => formatter.write_str("none"),
            Self::List(origins) => formatter.write_str(&origins.join(",")),
        }
    }
}

pub(super) fn cors_origins(text: &str) -> Result<CorsOrigins, String> {
    match text.trim() {
        "" => Ok(CorsOrigins::List(Vec::new())),
        "*" => Ok(CorsOrigins::Any),
        list => {
            let mut origins = Vec::new();
            for part in list.split(',') {
                let origin = origin(part.trim())?;
                if !origins.contains(&origin) {
                    origins.push(origin);
                }
            }
            Ok(CorsOrigins::List(origins))
        }
    }
}

fn origin(text: &str) -> Result<String, String> {
    if text == "*" {
        return Err("`*` stands alone or not at all".to_owned());
    }
    let malformed = || format!("{} is not `scheme://host[:port]`", quoted(text));
    let lower = text.to_ascii_lowercase();
    let (scheme, authority) = lower.split_once("://").ok_or_else(malformed)?;
    if authority.contains(['/', '?', '#', '@']) {
        return Err(format!("{}: an origin has no path and no user", malformed()));
    }
    let (host, port_text) = match authority.rsplit_once(':') {
        // A colon inside brackets belongs to the address.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_ipv6 = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|inside| inside.parse::<Ipv6Addr>().is_ok());
    if !is_scheme(scheme) || !(is_ipv6 || is_host(host)) {
        return Err(malformed());
    }
    match (scheme, port_text.map(port)) {
        (_, Some(None | Some(0))) => Err(malformed()),
        (_, None) | ("http", Some(Some(80))) | ("https", Some(Some(443))) => {
            Ok(format!("{scheme}://{host}"))
        }
        (_, Some(Some(port))) => Ok(format!("{scheme}://{host}:{port}")),
    }
}

/// RFC 3986, 3.1. Not only `http`: a page inside a mobile app has an origin such as
/// `capacitor://localhost`.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{faults, served};
    use super::{CorsOrigins, cors_origins};

    #[test]
    fn origins_are_kept_as_browsers_write_them() {
        for (given, kept) in [
            ("", "none"),
            ("*", "*"),
            ("https://Bilet.Example", "https://bilet.example"),
            ("https://a.example:443,http://a.example:80", "https://a.example,http://a.example"),
            ("http://a.example:443", "http://a.example:443"),
            (
                " http://localhost:5173 , http://[::1]:5173",
                "http://localhost:5173,http://[::1]:5173",
            ),
            ("http://127.0.0.1,http://127.0.0.1:80", "http://127.0.0.1"),
            ("capacitor://localhost", "capacitor://localhost"),
        ] {
            let origins = served(&["--cors-origins", given], &[], "").cors_origins;
            assert_eq!(origins.to_string(), kept);
            assert_eq!(cors_origins(kept.trim_start_matches("none")), Ok(origins));
        }
    }

    #[test]
    fn what_is_no_origin() {
        let path = ": an origin has no path and no user";
        for (given, wrong, more) in [
            ("a.example", "a.example", ""),
            ("null", "null", ""),
            ("https://", "https://", ""),
            ("https://a.example/", "https://a.example/", path),
            ("https://ada@a.example", "https://ada@a.example", path),
            ("https://*.a.example", "https://*.a.example", ""),
            ("https://a.example:", "https://a.example:", ""),
            ("https://a.example:0", "https://a.example:0", ""),
            ("https://a.example:65536", "https://a.example:65536", ""),
            ("1https://a.example", "1https://a.example", ""),
            ("https://bilet.ş", "https://bilet.ş", ""),
            ("https://a.example,,https://b.example", "", ""),
            ("https://a.example;https://b.example", "https://a.example;https://b.example", path),
        ] {
            let told = format!("--cors-origins: {wrong:?} is not `scheme://host[:port]`{more}");
            assert_eq!(faults(&["--cors-origins", given], &[], ""), [told]);
        }
        assert_eq!(
            faults(&["--cors-origins", "https://a.example,*"], &[], ""),
            ["--cors-origins: `*` stands alone or not at all"]
        );
    }

    #[test]
    fn an_empty_list_is_a_choice_of_its_own() {
        let env = [("SEATWIRE_CORS_ORIGINS", "")];
        assert_eq!(served(&[], &env, "").cors_origins, CorsOrigins::List(Vec::new()));
    }
}
