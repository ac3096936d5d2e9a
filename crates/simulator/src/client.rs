//! A viewer: its actions, those of its network, and the map that it folds from the packets that
//! reach it.
//!
//! It uses only the bytes that arrived. Each packet is compared with the ledger at once: nothing
//! uncommitted, nothing out of place, no map that the database never had.

mod acting;
mod coming;
pub(crate) mod expected;
mod hearing;
mod memory;
pub(crate) mod return_way;

use std::collections::{BTreeMap, BTreeSet};

use rooms::{Audience, Encoding, View};

use crate::cells::Cells;
use crate::chance::Chance;
use crate::client::memory::Memory;
use crate::link::Link;
use crate::socket::Socket;
use crate::town::{CUSTOMERS, ROUTES};
use crate::trace::Trace;
use crate::watching::Request;
use crate::wire::RETURNING;

/// What a viewer knows of a route.
#[derive(Clone, Debug)]
struct Seen {
    seq: u64,
    map: Cells,
}

#[derive(Debug)]
pub(crate) struct Client {
    name: usize,
    view: View,
    wishes: BTreeSet<usize>,
    seen: BTreeMap<usize, Seen>,
    kept: BTreeMap<usize, Seen>,
    link: Option<Link>,
    /// What it sends to be recovered, if it is a client that can be.
    memory: Option<Memory>,
    /// Connections that this viewer has left without the server's knowledge.
    ghosts: Vec<Socket>,
}

impl Client {
    pub(crate) fn new(name: usize, chance: &Chance) -> Self {
        let audience = if name == 0 { Audience::Full } else { Audience::Public };
        let customer = CUSTOMERS.get(name.wrapping_sub(1));
        let memory = chance.percent(60).then(Memory::default);
        let view = View {
            encoding: if memory.is_some() { RETURNING } else { Encoding::new(0) },
            audience,
            identity: customer.map(|actor| actor.user_id.0.as_u128()),
            channel: 0,
        };
        Self {
            name,
            view,
            wishes: BTreeSet::from([chance.index(ROUTES)]),
            seen: BTreeMap::new(),
            kept: BTreeMap::new(),
            link: None,
            memory,
            ghosts: Vec::new(),
        }
    }

    fn subscribe(&mut self, route: usize, since: Option<u64>, trace: &mut Trace) {
        let Some(link) = &mut self.link else { return };
        link.sent.extend(since.map(|seq| (route, seq)));
        if since.is_none() {
            link.sent_bare.insert(route);
        }
        link.maps_asked.remove(&route);
        if since.is_none() && !link.told.cursors.contains_key(&route) {
            self.seen.remove(&route);
        }
        link.ask(self.name, Request::Subscribe { route, since }, trace);
    }
}
