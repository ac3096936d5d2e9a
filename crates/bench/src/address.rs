//! Loopback addresses for clients: one address has too few ports for a large crowd of viewers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Connections from one address, well under the ephemeral ports that the kernel hands out.
const PER_ADDRESS: usize = 2_000;

/// An address that no other client uses: 127.1.0.1, 127.1.0.2, …
pub(crate) fn alone(index: usize) -> SocketAddr {
    let part = |number: usize| u8::try_from(number % 250).unwrap_or(0) + 1;
    let address = Ipv4Addr::new(127, part(index / 62_500), part(index / 250), part(index));
    SocketAddr::new(IpAddr::V4(address), 0)
}

/// Where the `index`-th viewer comes from: 127.0.0.2, 127.0.0.3, …
pub(crate) fn source(index: usize) -> SocketAddr {
    let last = u8::try_from(2 + index / PER_ADDRESS).unwrap_or(u8::MAX);
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), 0)
}
