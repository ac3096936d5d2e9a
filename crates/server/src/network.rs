//! Where a connection comes from, as far as its address shows.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The addresses that a provider gives to one customer: an IPv4 address, or the /64 of an IPv6
/// address. Counted by single addresses, one caller would be 2^64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Network(IpAddr);

impl Network {
    pub(crate) fn of(remote: SocketAddr) -> Self {
        Self(match remote.ip().to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            address => address,
        })
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> Network {
        Network::of(SocketAddr::new(address.parse().unwrap(), 1))
    }

    #[test]
    fn an_ipv6_customer_is_one_and_a_mapped_address_is_itself() {
        assert_eq!(network("2001:db8:1:2::3"), network("2001:db8:1:2:ffff::"));
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::9"));
        assert_ne!(network("2001:db8:1:2::"), network("2001:db8:1:3::"));
        assert_ne!(network("2001:db8:1:2::3"), network("2001:db8:1:3::3"));
        assert_eq!(network("::ffff:10.0.0.1"), network("10.0.0.1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("10.0.0.2"), network("10.0.0.1"));
    }
}
