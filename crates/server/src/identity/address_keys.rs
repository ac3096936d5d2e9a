//! Where a caller comes from, as fair use counts it: a keyed hash of the network, so that a reader
//! of the database learns no address from what is stored.

use std::fmt;

use domain::fair_use::AddressKey;
use ring::hmac;

use super::digests;
use crate::network::Network;

pub(crate) struct AddressKeys(hmac::Key);

impl fmt::Debug for AddressKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressKeys")
    }
}

impl AddressKeys {
    pub(crate) fn new(secret: &str) -> Self {
        let own = digests::key_for("seatwire address keys", secret);
        Self(hmac::Key::new(hmac::HMAC_SHA256, &own))
    }

    pub(crate) fn of(&self, network: Network) -> AddressKey {
        let tag = hmac::sign(&self.0, network.to_string().as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&tag.as_ref()[..16]);
        AddressKey(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_one_key_for_each_secret() {
        let of = |secret: &str, last: u8| {
            AddressKeys::new(secret).of(Network::of(([10, 0, 0, last], 1).into()))
        };
        assert_eq!(of("a", 1), of("a", 1));
        assert_ne!(of("a", 1), of("a", 2));
        assert_ne!(of("a", 1), of("b", 1));
    }
}
