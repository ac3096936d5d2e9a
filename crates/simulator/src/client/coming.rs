//! How a viewer connects, the first time and again: with its own memory, with its session, or with
//! nothing.

use rooms::View;

use super::memory::{Memory, Session};
use super::return_way::Return;
use super::{Client, Seen};
use crate::chance::Chance;
use crate::fault::{Checked, Fault, ensure};
use crate::ledger::Ledger;
use crate::life::Life;
use crate::link::{Link, Told};
use crate::socket::{Socket, WIDE_OPEN};
use crate::town::CUSTOMERS;
use crate::trace::Trace;
use crate::verdict::Verdict;

const OTHER_RETURNS: [(u64, Return); 3] =
    [(25, Return::Fresh), (20, Return::Stale), (5, Return::Ahead)];

const OTHER_RETURNS_OF_STOCK_CLIENTS: [(u64, Return); 5] = [
    (22, Return::OffsetAndAgain),
    (10, Return::Fresh),
    (15, Return::Since),
    (12, Return::Stale),
    (3, Return::Ahead),
];

impl Client {
    pub(super) fn draw_return(&self, chance: &Chance) -> Return {
        match self.memory {
            None => chance.weighted((50, Return::Since), &OTHER_RETURNS),
            Some(_) => chance.weighted((38, Return::Offset), &OTHER_RETURNS_OF_STOCK_CLIENTS),
        }
    }

    /// How it connects once there are no more faults.
    pub(super) fn last_return(&self, chance: &Chance) -> Return {
        match self.memory {
            None => Return::Since,
            Some(_) => *chance
                .pick(&[Return::Offset, Return::OffsetAndAgain, Return::Since])
                .unwrap_or(&Return::Offset),
        }
    }

    pub(super) fn come(&mut self, life: &Life, how: Return, chance: &Chance, trace: &mut Trace) {
        let name = self.name;
        let socket = Socket::default();
        socket.set_window(if chance.percent(70) { WIDE_OPEN } else { chance.index(300) });
        let age = life.age();
        if how == Return::Fresh {
            self.seen.clear();
            self.memory = self.memory.take().map(|_| Memory::default());
        }
        if self.memory.is_some() && chance.percent(4) {
            self.log_in_or_out(trace);
        }
        let shown = self.memory.as_ref().map(Memory::shown);
        let _inside = life.runtime.enter();
        let accepted = life.watching.accept(&socket, self.view, shown.clone());
        let Ok((viewer, asking)) = accepted else { return };
        trace.line(format!("  viewer {name} comes: {how:?} {shown:?}"));
        let mut link = Link::new(socket, viewer, asking, how, age);
        if let Some(memory) = &mut self.memory {
            link.expected = memory.expects(life);
        }
        link.is_in = self.memory.is_none();
        let is_in = link.is_in;
        self.link = Some(link);
        if is_in {
            self.ask_for_wishes(how, trace);
        }
    }

    /// From now on it is another account: a session with a user belongs to the one before.
    fn log_in_or_out(&mut self, trace: &mut Trace) {
        let customer = CUSTOMERS.get(self.name.wrapping_sub(1));
        let customer = customer.map(|actor| actor.user_id.0.as_u128());
        let identity = if self.view.identity.is_some() { None } else { customer };
        trace.line(format!("  viewer {} is {identity:?} now", self.name));
        self.view = View { identity, ..self.view };
    }

    /// It was accepted: in its session again, or in a new one.
    pub(super) fn hear_connected(
        &mut self,
        pid: u64,
        verdict: Verdict,
        ledger: &Ledger,
        trace: &mut Trace,
    ) -> Checked {
        let (Some(link), Some(memory)) = (&mut self.link, &mut self.memory) else {
            return Err(Fault("it has asked for no session".to_owned()));
        };
        ensure(!link.is_in, || "it was in".to_owned())?;
        memory.check(verdict, self.view.identity, link.expected, ledger)?;
        link.is_in = true;
        let how = link.how;
        if verdict != Verdict::Recovered {
            let missed_much = memory.missed_most(ledger) > link.expected.backlog_events_max;
            trace.count(match verdict {
                Verdict::Unknown if link.expected.is_late => "sessions whose time was over",
                Verdict::Unknown => "sessions unknown",
                Verdict::Foreign => "sessions of others",
                Verdict::Unrecoverable if missed_much => "sessions that missed too much",
                Verdict::Unrecoverable => "sessions whose snapshot may be lost",
                Verdict::New | Verdict::Recovered => "new sessions",
            });
            memory.told = Told::default();
            memory.session = Some(Session {
                pid,
                owner: self.view.identity,
                is_kept: false,
                is_certain: true,
                left_at: link.alive_at,
                has_died: false,
            });
            if matches!(how, Return::Offset | Return::OffsetAndAgain) {
                self.seen.clear();
            }
            self.ask_for_wishes(how, trace);
            return Ok(());
        }
        let Some(session) = &mut memory.session else {
            return Err(Fault("it had no session".to_owned()));
        };
        ensure(session.pid == pid, || "into another session than it has shown".to_owned())?;
        trace.count("recoveries");
        if std::mem::take(&mut session.has_died) {
            trace.count("recoveries after a crash");
        }
        match &memory.offset {
            None => trace.count("recoveries without an offset"),
            Some(offset) if offset.pid != Some(pid) => {
                trace.count("recoveries with an offset of an earlier session");
            }
            Some(offset) if offset.text.contains('~') => trace.count("recoveries by cursors"),
            Some(_) => trace.count("recoveries by a position"),
        }
        session.is_certain = true;
        link.is_recovered = true;
        link.told = std::mem::take(&mut memory.told);
        self.go_on()?;
        self.ask_for_wishes(how, trace);
        Ok(())
    }

    /// Events of the connection before count, except for rooms that the viewer may or may not have
    /// been in.
    fn go_on(&mut self) -> Checked {
        let Some(link) = &mut self.link else { return Ok(()) };
        let told = &mut link.told;
        told.asked.clear();
        let doubts = std::mem::take(&mut told.doubts);
        if !doubts.is_empty() {
            told.position = 0;
        }
        for route in &doubts {
            told.cursors.remove(route);
            told.from_snapshot.remove(route);
        }
        told.gaps.extend(&doubts);
        for route in &told.gaps {
            if !self.wishes.contains(route) || !link.how.says_since() {
                self.seen.remove(route);
            }
            // Events may still continue its map; if not, there is a gap.
            told.waits.remove(route);
        }
        for route in &told.waits {
            // Without a map of its own it asks for one again.
            ensure(!self.seen.contains_key(route), || {
                format!("recovered without the snapshot of route {route}")
            })?;
        }
        for route in doubts.iter().chain(told.cursors.keys()) {
            if !self.seen.contains_key(route) {
                told.waits.insert(*route);
            }
        }
        link.unsure = doubts;
        Ok(())
    }

    /// Subscribes to its routes, now that it is in.
    fn ask_for_wishes(&mut self, how: Return, trace: &mut Trace) {
        let Some(link) = &mut self.link else { return };
        let is_recovered = link.is_recovered;
        match how {
            Return::Since => trace.count("returns with since"),
            Return::Fresh => trace.count("returns without a memory"),
            Return::Stale => {
                trace.count("returns with a stale since");
                self.seen = self.kept.clone();
                // Its map is older than the events that come until its `since` is answered.
                link.told.gaps.extend(&self.wishes);
                for route in &self.wishes {
                    if self.kept.contains_key(route) {
                        link.told.waits.remove(route);
                    } else {
                        link.told.waits.insert(*route);
                    }
                }
            }
            Return::Ahead => trace.count("returns from the future"),
            Return::Offset => trace.count("returns with an offset"),
            Return::OffsetAndAgain => trace.count("returns with an offset, subscribing again"),
        }
        for route in self.wishes.clone() {
            let since = self.seen.get(&route).map(|Seen { seq, .. }| *seq);
            match how {
                Return::Fresh | Return::Since | Return::Stale => {
                    self.subscribe(route, since, trace);
                }
                Return::Ahead => {
                    self.seen.remove(&route);
                    if let Some(link) = self.link.as_mut().filter(|_| is_recovered) {
                        link.told.waits.insert(route);
                    }
                    self.subscribe(route, since.map(|seq| seq + 1_000), trace);
                }
                Return::OffsetAndAgain => self.subscribe(route, None, trace),
                Return::Offset => {
                    let link = self.link.as_ref();
                    if link.is_none_or(|link| !link.told.cursors.contains_key(&route)) {
                        self.subscribe(route, None, trace);
                    }
                }
            }
        }
    }
}
