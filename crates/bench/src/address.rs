//! Loopback addresses to come from: one address has too few ports for a large crowd of viewers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Connections from one address, well under the ephemeral ports that the kernel hands out.
const PER_ADDRESS: usize = 2_000;

/// Where the `index`-th viewer comes from: 127.0.0.2, 127.0.0.3, …
pub(crate) fn source(index: usize) -> SocketAddr {
    let last = u8::try_from(2 + index / PER_ADDRESS).unwrap_or(u8::MAX);
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), 0)
}
