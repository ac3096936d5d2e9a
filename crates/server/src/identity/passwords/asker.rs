//! Who asks for a hash: the network of the request, and the account that it is about.

use std::net::SocketAddr;

use crate::network::Network;

/// A place in the queue. Requests from inside the program have no address.
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
