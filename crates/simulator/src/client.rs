//! A viewer: what it asks, what reaches it, and the map that it folds from that.
//!
//! It believes only the bytes that arrived. Each of them is held against the ledger at once: nothing
//! that was not committed, nothing out of place, no map that the database never had.

use std::collections::{BTreeMap, BTreeSet};

use rooms::{Audience, Encoding, View};

use crate::cells::Cells;
use crate::chance::Chance;
use crate::fault::{Checked, Fault, ensure};
use crate::ledger::Ledger;
use crate::life::Life;
use crate::link::Link;
use crate::socket::{Socket, WIDE_OPEN};
use crate::town::{CUSTOMERS, ROUTES};
use crate::trace::Trace;
use crate::watching::Request;
use crate::wire::{self, Line, Update};

/// Routes that one viewer watches at the most.
const WISHES_MAX: usize = 2;

/// How a viewer comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Return {
    /// Without a memory: a snapshot is asked for once it is subscribed.
    Fresh,
    /// With the last seq that it has seen.
    Since,
    /// With an old map and its seq: a page that was kept for a while.
    Stale,
    /// With a seq that does not exist.
    Ahead,
}

const OTHER_RETURNS: [(u64, Return); 3] =
    [(25, Return::Fresh), (20, Return::Stale), (5, Return::Ahead)];

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
    /// Connections that this viewer has left, and the server knows nothing of it.
    ghosts: Vec<Socket>,
}

impl Client {
    pub(crate) fn new(name: usize, chance: &Chance) -> Self {
        let audience = if name == 0 { Audience::Full } else { Audience::Public };
        let customer = CUSTOMERS.get(name.wrapping_sub(1));
        let view = View {
            encoding: Encoding::new(0),
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
            ghosts: Vec::new(),
        }
    }

    /// Something that a viewer, or its network, does.
    pub(crate) fn act(&mut self, life: &Life, chance: &Chance, trace: &mut Trace) {
        let Some(link) = &mut self.link else {
            let how = chance.weighted((50, Return::Since), &OTHER_RETURNS);
            return self.connect(life, how, chance, trace);
        };
        let name = self.name;
        match chance.below(20) {
            0 | 1 => {
                trace.line(format!("  viewer {name} is cut off"));
                trace.count("cut connections");
                link.lose_some(chance);
                link.socket.cut();
            }
            2 => {
                trace.line(format!("  viewer {name} vanishes"));
                trace.count("vanished viewers");
                link.socket.set_window(chance.index(300));
                self.ghosts.extend(self.link.take().map(|link| link.socket));
            }
            3..=6 => {
                let window = match chance.below(3) {
                    0 => 0,
                    1 => chance.size(1, 400),
                    _ => WIDE_OPEN,
                };
                trace.line(format!("  viewer {name} takes {window} bytes"));
                link.socket.set_window(window);
            }
            7 | 8 => {
                let route = chance.index(ROUTES);
                if self.wishes.len() < WISHES_MAX || self.wishes.contains(&route) {
                    self.wishes.insert(route);
                    let since = self.seen.get(&route).map(|seen| seen.seq);
                    self.subscribe(route, since.filter(|_| chance.percent(60)), trace);
                }
            }
            9 => {
                let route = chance.index(ROUTES);
                if self.wishes.len() > 1 && self.wishes.remove(&route) {
                    link.ask(name, Request::Leave { route }, trace);
                }
            }
            10..=12 => {
                if let Some(route) = self.wishes.iter().next().copied() {
                    for _ in 0..chance.size(1, 4) {
                        link.ask(name, Request::Availability { route }, trace);
                    }
                }
            }
            13 | 14 => self.kept = self.seen.clone(),
            15 => self.haunt(chance, trace),
            _ => {}
        }
    }

    /// Takes the socket up again, and everything that was left open.
    pub(crate) fn heal(&mut self, life: &Life, chance: &Chance, trace: &mut Trace) {
        for ghost in self.ghosts.drain(..) {
            ghost.cut();
        }
        match &self.link {
            Some(link) => link.socket.set_window(WIDE_OPEN),
            None => {
                self.connect(life, Return::Since, chance, trace);
                if let Some(link) = &self.link {
                    link.socket.set_window(WIDE_OPEN);
                }
            }
        }
    }

    /// An old connection of this viewer's is noticed to be dead.
    fn haunt(&mut self, chance: &Chance, trace: &mut Trace) {
        if !self.ghosts.is_empty() {
            let ghost = self.ghosts.swap_remove(chance.index(self.ghosts.len()));
            trace.line(format!("  a ghost of viewer {} is laid", self.name));
            ghost.cut();
        }
    }

    fn connect(&mut self, life: &Life, how: Return, chance: &Chance, trace: &mut Trace) {
        let name = self.name;
        let socket = Socket::default();
        socket.set_window(if chance.percent(70) { WIDE_OPEN } else { chance.index(300) });
        let _inside = life.runtime.enter();
        let Ok((viewer, asking)) = life.watching.accept(&socket, self.view) else { return };
        trace.line(format!("  viewer {name} comes: {how:?}"));
        self.link = Some(Link::new(socket, viewer, asking));
        match how {
            Return::Since => trace.count("returns with since"),
            Return::Fresh => {
                trace.count("returns without a memory");
                self.seen.clear();
            }
            Return::Stale => {
                trace.count("returns with a stale since");
                self.seen = self.kept.clone();
            }
            Return::Ahead => trace.count("returns from the future"),
        }
        for route in self.wishes.clone() {
            let mut since = self.seen.get(&route).map(|seen| seen.seq);
            if how == Return::Ahead {
                since = since.map(|seq| seq + 1_000);
                self.seen.remove(&route);
            }
            self.subscribe(route, since, trace);
        }
    }

    fn subscribe(&mut self, route: usize, since: Option<u64>, trace: &mut Trace) {
        let Some(link) = &mut self.link else { return };
        link.sent.extend(since.map(|seq| (route, seq)));
        link.maps_asked.remove(&route);
        if since.is_none() && !link.cursors.contains_key(&route) {
            self.seen.remove(&route);
        }
        link.ask(self.name, Request::Subscribe { route, since }, trace);
    }

    /// Reads what has arrived, `max` bytes of it at the most, and answers what needs an answer.
    pub(crate) fn read(&mut self, max: usize, ledger: &Ledger, trace: &mut Trace) -> Checked {
        let name = self.name;
        let Some(link) = &mut self.link else { return Ok(()) };
        let mut bytes = std::mem::take(&mut link.unread);
        link.socket.arrive(max, &mut bytes);
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        link.unread = bytes.split_off(whole);
        let text = String::from_utf8(bytes)
            .map_err(|_| Fault(format!("viewer {name} was sent what is no text")))?;
        for line in text.lines() {
            trace.line(format!("  viewer {name} < {line}"));
            let told = |fault: Fault| Fault(format!("viewer {name}: {fault}, on `{line}`"));
            let line = wire::read(line).ok_or_else(|| Fault("torn".to_owned())).map_err(told)?;
            self.hear(line, ledger, trace).map_err(told)?;
        }
        self.follow_up(trace);
        Ok(())
    }

    fn hear(&mut self, line: Line, ledger: &Ledger, trace: &mut Trace) -> Checked {
        let Some(link) = &mut self.link else { return Ok(()) };
        match line {
            Line::Subscribed { route, seq } => {
                ensure(seq <= ledger.head(route), || "subscribed to the future".to_owned())?;
                let asked = link.sent.contains(&(route, seq));
                let before = link.cursors.insert(route, seq);
                // What cannot be gone on from is answered with a snapshot right behind.
                let stays = before.is_none_or(|before| before == seq);
                let for_snapshot = link.sent.iter().any(|(of, _)| *of == route);
                ensure(asked || stays || for_snapshot, || {
                    format!("moved from {before:?} without being asked")
                })?;
                // Events of several rooms are in order again from here on.
                link.position = 0;
                link.moving.remove(&route);
                if !asked && !stays {
                    link.moving.insert(route);
                }
                link.troubles.remove(&route);
                match self.seen.get(&route) {
                    Some(seen) if seen.seq >= seq => link.waits.remove(&route),
                    _ => link.waits.insert(route),
                };
                Ok(())
            }
            Line::Left { route } => {
                link.cursors.remove(&route);
                link.waits.remove(&route);
                link.moving.remove(&route);
                self.seen.remove(&route);
                Ok(())
            }
            Line::Trouble { route } => {
                trace.count("requests in trouble");
                link.troubles.insert(route);
                link.maps_asked.remove(&route);
                Ok(())
            }
            Line::Snapshot { route, seq, cells } => {
                trace.count("snapshots");
                let known = ledger.map_at(route, seq);
                ensure(known == Some(&cells), || {
                    format!("{cells:?} was never the map, but {known:?}")
                })?;
                let cursor = link.cursors.get(&route);
                if cursor.is_some_and(|cursor| *cursor != seq) {
                    link.moving.insert(route);
                } else {
                    link.moving.remove(&route);
                }
                if link.waits.contains(&route) && self.seen.contains_key(&route) {
                    trace.count("snapshots instead of events");
                }
                link.maps_asked.remove(&route);
                // Only inside the room is it a beginning that can be gone on from.
                if cursor.is_some() {
                    link.waits.remove(&route);
                    self.seen.insert(route, Seen { seq, map: cells });
                }
                Ok(())
            }
            Line::Event(update) => self.hear_event(update, ledger, trace),
        }
    }

    fn hear_event(&mut self, update: Update, ledger: &Ledger, trace: &mut Trace) -> Checked {
        let Some(link) = &mut self.link else { return Ok(()) };
        let Update { route, seq, kind, place, gender, ticket } = update;
        trace.count("events told");
        let Some(event) = ledger.event(route, seq) else {
            return Err(Fault("it was never committed".to_owned()));
        };
        let right = (event.kind, event.place, event.gender) == (kind, place, gender);
        ensure(right, || format!("it was {event:?}"))?;
        let owns = event.owner.is_some() && event.owner == self.view.identity;
        let may_know = self.view.audience == Audience::Full || owns;
        let names = may_know && kind != domain::EventKind::Available;
        ensure(ticket == names.then_some(event.ticket), || "the wrong ticket".to_owned())?;

        let Some(cursor) = link.cursors.get_mut(&route) else {
            return Err(Fault("it is not in this room".to_owned()));
        };
        ensure(!link.moving.contains(&route), || "a snapshot stood out of place".to_owned())?;
        ensure(seq == *cursor + 1, || format!("it follows {cursor}"))?;
        *cursor = seq;
        ensure(event.position > link.position, || {
            format!("position {} after {}", event.position, link.position)
        })?;
        link.position = event.position;
        if link.waits.contains(&route) {
            return Ok(());
        }
        let Some(seen) = self.seen.get_mut(&route) else {
            return Err(Fault("it has no map to fold it over".to_owned()));
        };
        // Told again because it was asked for again: known already.
        if seq > seen.seq {
            ensure(seq == seen.seq + 1, || format!("a hole behind {}", seen.seq))?;
            seen.seq = seq;
            seen.map.apply(kind, place, gender);
        }
        let known = ledger.map_at(route, seen.seq);
        ensure(known == Some(&seen.map), || {
            format!("its map is {:?} at {}, the database's was {known:?}", seen.map, seen.seq)
        })
    }

    /// Asks for a map where one is needed and none is coming, and again where there was trouble.
    fn follow_up(&mut self, trace: &mut Trace) {
        let Some(link) = &mut self.link else { return };
        let mut again = Vec::new();
        for route in self.wishes.intersection(&std::mem::take(&mut link.troubles)) {
            again.push(*route);
        }
        for route in self.wishes.clone() {
            // Without a `since` of its own no snapshot comes by itself.
            let is_fresh = !self.seen.contains_key(&route);
            if is_fresh && link.cursors.contains_key(&route) && link.maps_asked.insert(route) {
                link.ask(self.name, Request::Availability { route }, trace);
            }
        }
        for route in again {
            let since = self.seen.get(&route).map(|seen| seen.seq);
            self.subscribe(route, since, trace);
        }
    }

    /// Notices that the connection is gone.
    pub(crate) fn look_up(&mut self, ledger: &Ledger, trace: &mut Trace) -> Checked {
        if self.link.as_ref().is_none_or(|link| !link.socket.is_cut()) {
            return Ok(());
        }
        // What was in flight arrives before the end does.
        self.read(usize::MAX, ledger, trace)?;
        if let Some(link) = self.link.take() {
            trace.line(format!("  viewer {} is off: {:?}", self.name, link.viewer.closed()));
            trace.count(match link.viewer.closed() {
                Some(rooms::CloseReason::Behind) => "viewers too far behind",
                Some(rooms::CloseReason::Outbox) => "viewers with too much waiting",
                _ => "connections lost",
            });
        }
        Ok(())
    }

    /// The server is dead, and with it every connection.
    pub(crate) fn server_died(&mut self, chance: &Chance) {
        self.ghosts.clear();
        if let Some(link) = &self.link {
            link.lose_some(chance);
            link.socket.cut();
        }
    }

    /// Whether it sees everything that there is, and why not.
    pub(crate) fn is_up_to_date(&self, ledger: &Ledger) -> Checked {
        let Self { name, .. } = self;
        let Some(link) = &self.link else {
            return Err(Fault(format!("viewer {name} is not connected")));
        };
        for route in &self.wishes {
            let head = ledger.head(*route);
            let seen = self.seen.get(route);
            let waits = link.waits.contains(route)
                || link.moving.contains(route)
                || link.cursors.get(route) != Some(&head);
            let map = ledger.map_at(*route, head);
            ensure(!waits && seen.is_some_and(|seen| Some(&seen.map) == map), || {
                format!("viewer {name} sees {seen:?} of route {route}, which is at {head}: {map:?}")
            })?;
        }
        Ok(())
    }
}
