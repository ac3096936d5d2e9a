//! How many connections one address has open: HTTP connections, and viewers.
//!
//! A viewer keeps only a pointer for this. A polling client counts with its viewer and with its
//! requests under way.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use crate::network::Network;
use crate::now_and_then::NowAndThen;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct OpenConnections {
    /// `None`: as many as there are descriptors.
    max: Option<usize>,
    /// Addresses that have a connection open; as many as there are connections at the most.
    addresses: Arc<Mutex<HashMap<Network, Weak<Address>>>>,
    refused: Arc<NowAndThen>,
}

/// Counts one connection, for as long as it is held.
#[derive(Clone, Debug)]
pub(crate) struct OpenConnection(#[expect(dead_code, reason = "held, not read")] Arc<Address>);

#[derive(Debug)]
struct Address {
    network: Network,
    all: Arc<Mutex<HashMap<Network, Weak<Address>>>>,
}

impl OpenConnections {
    pub(crate) fn new(max: Option<usize>) -> Self {
        Self { max, addresses: Arc::default(), refused: Arc::default() }
    }

    /// Counts one more for this address, whether there is room or not.
    pub(crate) fn open(&self, network: Network) -> OpenConnection {
        let mut addresses = self.addresses.lock();
        if let Some(address) = addresses.get(&network).and_then(Weak::upgrade) {
            return OpenConnection(address);
        }
        let address = Arc::new(Address { network, all: Arc::clone(&self.addresses) });
        addresses.insert(network, Arc::downgrade(&address));
        OpenConnection(address)
    }

    /// Whether an address with this many more than are counted here has too many. The operator gets
    /// a log line: an address with so many is often a proxy that is not in the settings.
    pub(crate) fn refuses(&self, network: Network, uncounted: usize) -> bool {
        let Some(max) = self.max else { return false };
        let open = self.addresses.lock().get(&network).map_or(0, Weak::strong_count);
        let is_refused = open + uncounted > max;
        if is_refused && self.refused.is_due() {
            tracing::warn!(
                max,
                "an address has too many connections: if it is a proxy, name it in \
                 SEATWIRE_TRUSTED_PROXIES, or raise SEATWIRE_CONNECTIONS_PER_ADDRESS"
            );
        }
        is_refused
    }
}

impl Drop for Address {
    fn drop(&mut self) {
        let mut addresses = self.all.lock();
        // Between the last drop and this lock another connection of the address may have begun.
        if addresses.get(&self.network).is_some_and(|address| address.strong_count() == 0) {
            addresses.remove(&self.network);
        }
        if addresses.len() * 4 < addresses.capacity() {
            addresses.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_and_is_forgotten() {
        let open = OpenConnections::new(Some(2));
        let network = |last| Network::of(([10, 0, 0, last], 1).into());
        let mut first: Vec<_> = (0..2).map(|_| open.open(network(1))).collect();
        assert!(open.refuses(network(1), 1) && !open.refuses(network(1), 0));
        assert!(!open.refuses(network(2), 1), "another address");
        first.pop();
        assert!(!open.refuses(network(1), 1));
        drop(first);
        assert!(open.addresses.lock().is_empty());
        let unlimited = OpenConnections::new(None);
        let _many: Vec<_> = (0..100).map(|_| unlimited.open(network(1))).collect();
        assert!(!unlimited.refuses(network(1), 1));
    }
}
