//! Who asks for a hash: by where the request came from, and by the account it is about.

use std::net::SocketAddr;

use crate::network::Network;

/// A place in line. What asks from inside the program has no address.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(super) network: Option<Network>,
    pub(super) account: Account,
}

/// The e-mail address as it was sent, known or not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Account(Box<str>);

impl Asker {
    pub(crate) fn of(remote: Option<SocketAddr>, email: &str) -> Self {
        let network = remote.map(Network::of);
        Self { network, account: Account(email.into()) }
    }

    /// The program itself, at its start.
    pub(crate) fn own() -> Self {
        Self::of(None, "")
    }
}
