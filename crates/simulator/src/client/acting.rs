//! The actions of a viewer or its network, and their results.

use std::time::Duration;

use super::Client;
use crate::chance::Chance;
use crate::fault::{Checked, Fault, ensure};
use crate::ledger::Ledger;
use crate::life::Life;
use crate::socket::WIDE_OPEN;
use crate::town::ROUTES;
use crate::trace::Trace;
use crate::watching::Request;

/// The most routes that one viewer watches.
const WISHES_MAX: usize = 2;

impl Client {
    /// One action of a viewer or its network.
    pub(crate) fn act(&mut self, life: &Life, chance: &Chance, trace: &mut Trace) {
        let Some(link) = &mut self.link else {
            let how = self.draw_return(chance);
            return self.come(life, how, chance, trace);
        };
        let name = self.name;
        let is_in = link.is_in;
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
                if let Some(link) = self.link.take() {
                    self.ghosts.push(link.socket.clone());
                    self.remember(link);
                }
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
            7 | 8 if is_in => {
                let route = chance.index(ROUTES);
                if self.wishes.len() < WISHES_MAX || self.wishes.contains(&route) {
                    self.wishes.insert(route);
                    let since = self.seen.get(&route).map(|seen| seen.seq);
                    self.subscribe(route, since.filter(|_| chance.percent(60)), trace);
                }
            }
            9 if is_in => {
                let route = chance.index(ROUTES);
                if self.wishes.len() > 1 && self.wishes.remove(&route) {
                    link.ask(name, Request::Leave { route }, trace);
                }
            }
            10..=12 if is_in => {
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

    /// Opens the socket's window again, and finishes all open requests.
    pub(crate) fn heal(&mut self, life: &Life, chance: &Chance, trace: &mut Trace) {
        for ghost in self.ghosts.drain(..) {
            ghost.cut();
        }
        if self.link.is_none() {
            let how = self.last_return(chance);
            self.come(life, how, chance, trace);
        }
        if let Some(link) = &self.link {
            link.socket.set_window(WIDE_OPEN);
        }
    }

    /// The server notices that an old connection of this viewer is dead.
    fn haunt(&mut self, chance: &Chance, trace: &mut Trace) {
        if !self.ghosts.is_empty() {
            let ghost = self.ghosts.swap_remove(chance.index(self.ghosts.len()));
            trace.line(format!("  a ghost of viewer {} is laid", self.name));
            ghost.cut();
        }
    }

    /// Notices that the connection is gone. The server is `age` old.
    pub(crate) fn look_up(&mut self, age: Duration, ledger: &Ledger, trace: &mut Trace) -> Checked {
        if self.link.as_ref().is_some_and(|link| link.socket.is_cut()) {
            // Bytes in flight arrive before the end does.
            self.read(usize::MAX, ledger, trace)?;
            if let Some(link) = self.link.take() {
                let reason = if link.is_orphan { None } else { link.viewer.closed() };
                trace.line(format!("  viewer {} is off: {reason:?}", self.name));
                trace.count(match reason {
                    Some(rooms::CloseReason::Behind) => "viewers too far behind",
                    Some(rooms::CloseReason::Outbox) => "viewers with too much waiting",
                    _ => "connections lost",
                });
                self.remember(link);
            }
        }
        if let Some(link) = &mut self.link {
            link.alive_at = age;
        }
        Ok(())
    }

    /// The server is dead, and with it every connection.
    pub(crate) fn server_died(&mut self, life: &Life, chance: &Chance) {
        self.ghosts.clear();
        if let Some(memory) = &mut self.memory {
            let is_away = self.link.as_ref().is_none_or(|link| !link.is_in);
            memory.server_died(is_away, life.age(), life.watching.sessions.window());
        }
        if let Some(link) = &mut self.link {
            link.is_orphan = true;
            link.alive_at = Duration::ZERO;
            link.lose_some(chance);
            link.socket.cut();
        }
    }

    /// Checks that it has everything; else returns what is missing.
    pub(crate) fn is_up_to_date(&self, ledger: &Ledger) -> Checked {
        let Self { name, .. } = self;
        let Some(link) = &self.link else {
            return Err(Fault(format!("viewer {name} is not connected")));
        };
        for route in &self.wishes {
            let head = ledger.head(*route);
            let seen = self.seen.get(route);
            let waits = link.told.waits.contains(route)
                || link.moving.contains(route)
                || link.told.cursors.get(route) != Some(&ledger.end(*route));
            let map = ledger.map_at(*route, head);
            ensure(!waits && seen.is_some_and(|seen| Some(&seen.map) == map), || {
                format!("viewer {name} sees {seen:?} of route {route}, which is at {head}: {map:?}")
            })?;
        }
        Ok(())
    }
}
