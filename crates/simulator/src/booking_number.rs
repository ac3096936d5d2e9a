//! The number of a booking's request, which the booking has as its address.

const DOMAIN: &str = "@example.com";

/// The address that has a booking's number.
pub(crate) fn address(number: u64) -> String {
    format!("b{number}{DOMAIN}")
}

pub(crate) fn number(address: &str) -> Option<u64> {
    address.strip_suffix(DOMAIN)?.strip_prefix('b')?.parse().ok()
}
