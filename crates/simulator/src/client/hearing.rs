//! The lines that reach a viewer: each is compared with the ledger and folded into its map.

use super::memory::Offset;
use super::{Client, Seen};
use crate::fault::{Checked, Fault, ensure};
use crate::kept::is_ticket;
use crate::ledger::Ledger;
use crate::link::Link;
use crate::trace::Trace;
use crate::watching::Request;
use crate::wire::{self, About, Line, RouteAt, Subscription, Update};

impl Client {
    /// Reads the bytes that have arrived, `max` at most, and answers lines that need an answer.
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
            Line::Connected { pid, verdict } => {
                return self.hear_connected(pid, verdict, ledger, trace);
            }
            Line::ComeAgain => {
                trace.count("sessions asked to come again");
                return ensure(!link.is_in, || "it was in".to_owned());
            }
            _ => ensure(link.is_in, || "it was not let in".to_owned())?,
        }
        match line {
            Line::Subscribed { route, place, how } => {
                self.hear_subscribed(route, place, how, ledger)
            }
            Line::Left { route } => {
                let Link { told, .. } = link;
                told.answered(route);
                told.cursors.remove(&route);
                told.waits.remove(&route);
                told.from_snapshot.remove(&route);
                link.moving.remove(&route);
                link.unsure.remove(&route);
                link.told.gaps.remove(&route);
                self.seen.remove(&route);
                Ok(())
            }
            Line::Trouble { route, about } => {
                trace.count("requests in trouble");
                if about == About::Room {
                    // In doubt until a later request is answered.
                    link.told.has_answer(route);
                }
                link.troubles.insert(route);
                link.maps_asked.remove(&route);
                Ok(())
            }
            Line::Snapshot { route, place, is_on_sale, cells } => {
                trace.count("snapshots");
                let RouteAt { ordinal, seq } = place;
                let order = ledger.order_of(route);
                let is_right = order.is_some_and(|order| {
                    order.seq_of(ordinal) == Some(seq)
                        && order.was_on_sale(ordinal) == Some(is_on_sale)
                });
                ensure(is_right, || "the route was never so there".to_owned())?;
                let known = ledger.map_at(route, seq);
                ensure(known == Some(&cells), || {
                    format!("{cells:?} was never the map, but {known:?}")
                })?;
                let cursor = link.told.cursors.get(&route);
                if cursor.is_some_and(|cursor| *cursor != ordinal) {
                    link.moving.insert(route);
                } else {
                    link.moving.remove(&route);
                }
                if link.told.waits.contains(&route) && self.seen.contains_key(&route) {
                    trace.count("snapshots instead of events");
                }
                link.maps_asked.remove(&route);
                // Only inside the room can events continue from it.
                if cursor.is_some() {
                    link.told.waits.remove(&route);
                    self.seen.insert(route, Seen { seq, map: cells });
                }
                Ok(())
            }
            Line::Event(update, offset) => self.hear_event(update, offset, ledger, trace),
            Line::Change { route, place, change, offset } => {
                let row = ledger.order_of(route).and_then(|order| order.change(place.ordinal));
                let Some(row) = row.filter(|row| (row.seq, row.change) == (place.seq, change))
                else {
                    return Err(Fault("it was never committed".to_owned()));
                };
                trace.count("changes of a route told");
                self.step(row.route, row.ordinal, row.position, offset)?;
                // A viewer that shows the map asks for it again.
                if let Some(link) = &mut self.link
                    && link.maps_asked.insert(route)
                {
                    link.ask(self.name, Request::Availability { route }, trace);
                }
                Ok(())
            }
            Line::Connected { .. } | Line::ComeAgain => Ok(()),
        }
    }

    fn hear_subscribed(
        &mut self,
        route: usize,
        RouteAt { ordinal, seq }: RouteAt,
        how: Subscription,
        ledger: &Ledger,
    ) -> Checked {
        let Some(link) = &mut self.link else { return Ok(()) };
        let order = ledger.order_of(route);
        let is_there = order.is_some_and(|order| order.seq_of(ordinal) == Some(seq));
        ensure(is_there, || "subscribed to the future".to_owned())?;
        // A `since` begins directly after its seat event: changes after that are sent again.
        let is_right_behind = order.and_then(|order| order.ordinal_of(seq)) == Some(ordinal);
        let asked = link.sent.contains(&(route, seq)) && is_right_behind;
        let before = link.told.cursors.insert(route, ordinal);
        // A place that cannot be resumed is answered with a snapshot directly after.
        let stays = before.is_none_or(|before| before == ordinal);
        let only_since = !link.sent_bare.contains(&route) && !link.is_recovered;
        ensure(before.is_some() || asked || how.with_snapshot || !only_since, || {
            "it does not begin where it was asked to".to_owned()
        })?;
        ensure(asked || stays || how.with_snapshot, || {
            format!("moved from {before:?} without being asked")
        })?;
        if let Some(session) = self.memory.as_mut().and_then(|memory| memory.session.as_mut()) {
            session.is_kept = how.is_kept;
        }
        if how.with_snapshot {
            link.told.from_snapshot.insert(route);
        }
        link.told.answered(route);
        // Events of several rooms are in order again from here on.
        link.told.position = 0;
        link.unsure.remove(&route);
        link.told.gaps.remove(&route);
        link.moving.remove(&route);
        if !asked && !stays {
            link.moving.insert(route);
        }
        link.troubles.remove(&route);
        match self.seen.get(&route) {
            Some(seen) if seen.seq >= seq => link.told.waits.remove(&route),
            Some(_) if !how.with_snapshot && link.sent_bare.contains(&route) => {
                // Its `since` failed, and it got events that do not continue its map.
                self.seen.remove(&route);
                link.told.waits.insert(route)
            }
            _ => link.told.waits.insert(route),
        };
        Ok(())
    }

    fn hear_event(
        &mut self,
        update: Update,
        offset: Option<String>,
        ledger: &Ledger,
        trace: &mut Trace,
    ) -> Checked {
        let Update { route, seq, kind, place, gender, ticket } = update;
        trace.count("events told");
        let Some(event) = ledger.event(route, seq) else {
            return Err(Fault("it was never committed".to_owned()));
        };
        let right = (event.kind, event.place, event.gender) == (kind, place, gender);
        ensure(right, || format!("it was {event:?}"))?;
        let owns = event.owner.is_some() && event.owner == self.view.identity;
        let may_know = self.view.audience == rooms::Audience::Full || owns;
        let names = may_know && kind != domain::EventKind::Available && is_ticket(event.ticket);
        ensure(ticket == names.then_some(event.ticket), || "the wrong ticket".to_owned())?;

        self.step(route, event.ordinal, event.position, offset)?;
        let Some(link) = &mut self.link else { return Ok(()) };
        let told = &mut link.told;
        if told.waits.contains(&route) {
            return Ok(());
        }
        let Some(seen) = self.seen.get_mut(&route) else {
            return Err(Fault("it has no map to fold it over".to_owned()));
        };
        if seq > seen.seq + 1 && told.gaps.contains(&route) {
            told.waits.insert(route);
            return Ok(());
        }
        // Sent again because of a repeated request: known already.
        if seq > seen.seq {
            ensure(seq == seen.seq + 1, || format!("a hole behind {}", seen.seq))?;
            seen.seq = seq;
            seen.map.apply(kind, place, gender);
            if link.is_recovered {
                trace.count("events told after a recovery");
            }
        }
        let known = ledger.map_at(route, seen.seq);
        ensure(known == Some(&seen.map), || {
            format!("its map is {:?} at {}, the database's was {known:?}", seen.map, seen.seq)
        })
    }

    /// Any event of a room must be the next one.
    fn step(
        &mut self,
        route: usize,
        ordinal: u64,
        position: u64,
        offset: Option<String>,
    ) -> Checked {
        let Some(link) = &mut self.link else { return Ok(()) };
        ensure(offset.is_some() == self.memory.is_some(), || {
            "an offset is for those who can come back, and for nobody else".to_owned()
        })?;
        if let (Some(text), Some(memory)) = (offset, &mut self.memory) {
            let pid = memory.session.as_ref().map(|session| session.pid);
            memory.offset = Some(Offset { text, pid });
        }
        let told = &mut link.told;
        if link.unsure.remove(&route) {
            told.cursors.entry(route).or_insert(ordinal - 1);
        }
        let Some(cursor) = told.cursors.get_mut(&route) else {
            return Err(Fault("it is not in this room".to_owned()));
        };
        ensure(!link.moving.contains(&route), || "a snapshot stood out of place".to_owned())?;
        ensure(ordinal == *cursor + 1, || format!("it follows {cursor}"))?;
        *cursor = ordinal;
        ensure(position > told.position, || {
            format!("position {position} after {}", told.position)
        })?;
        told.position = position;
        told.from_snapshot.clear();
        Ok(())
    }

    /// Asks for a map where one is needed and none is coming, and again after a failure.
    fn follow_up(&mut self, trace: &mut Trace) {
        let Some(link) = self.link.as_mut().filter(|link| link.is_in) else { return };
        let mut again = Vec::new();
        for route in self.wishes.intersection(&std::mem::take(&mut link.troubles)) {
            again.push(*route);
        }
        for route in self.wishes.clone() {
            // Without a `since` of its own no snapshot comes by itself.
            let is_fresh = !self.seen.contains_key(&route);
            if is_fresh && link.told.cursors.contains_key(&route) && link.maps_asked.insert(route) {
                link.ask(self.name, Request::Availability { route }, trace);
            }
        }
        for route in again {
            let since = self.seen.get(&route).map(|seen| seen.seq);
            self.subscribe(route, since, trace);
        }
    }

    /// A connection is gone: stores what a client that can be recovered keeps of it.
    pub(super) fn remember(&mut self, link: Link) {
        if let Some(memory) = &mut self.memory {
            memory.left(link);
        }
    }
}
