//! A caller's identity and network, as far as seats are counted by them.

use std::fmt;

use crate::UserId;
use crate::passenger::Phone;

/// A keyed hash of the network that a caller comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressKey(pub [u8; 16]);

impl fmt::Debug for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressKey")
    }
}

/// Whose seats are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    Account(UserId),
    /// The contact phone of a booking without an account.
    Phone(Phone),
}
