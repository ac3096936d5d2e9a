//! Who asks for a hash: by where the request came from, and by the account it is about.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// A place in line. What asks from inside the program has no address.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(super) network: Network,
    pub(super) account: Account,
}

/// What one customer of a provider is given: an IPv4 address, or the /64 of an IPv6 address. By single
/// addresses, one caller would be 2^64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Network(Option<IpAddr>);

/// The e-mail address as it was sent, known or not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Account(Box<str>);

impl Asker {
    pub(crate) fn of(remote: Option<SocketAddr>, email: &str) -> Self {
        let network = Network(remote.map(|remote| match remote.ip().to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            address => address,
        }));
        Self { network, account: Account(email.into()) }
    }

    /// The program itself, at its start.
    pub(crate) fn own() -> Self {
        Self::of(None, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> Network {
        Asker::of(Some(SocketAddr::new(address.parse().unwrap(), 1)), "").network
    }

    #[test]
    fn an_ipv6_customer_is_one_and_a_mapped_address_is_itself() {
        assert_eq!(network("2001:db8:1:2::3"), network("2001:db8:1:2:ffff::"));
        assert_ne!(network("2001:db8:1:2::3"), network("2001:db8:1:3::3"));
        assert_eq!(network("::ffff:10.0.0.1"), network("10.0.0.1"));
        assert_ne!(network("10.0.0.2"), network("10.0.0.1"));
    }
}
