//! The packets of a viewer about its routes, and how those of the server are judged.

use anyhow::{Context as _, bail};
use serde::Deserialize;

use super::state::{Order, Viewer, find};
use super::watched::{Presence, Watched};
use crate::chaos::sight::{Sight, Wrong};
use crate::chaos::websocket::WebSocket;
use crate::seat_map::{Seat, SeatMap, Update};

/// Returns to a route, in a hundred, that are cut short.
const STUMBLES: u8 = 30;

impl Viewer {
    pub(super) async fn subscribe(
        &self,
        socket: &mut WebSocket,
        route: usize,
    ) -> anyhow::Result<()> {
        let since = {
            let mut state = self.state.borrow_mut();
            let Some(watched) = find(&mut state, route) else { return Ok(()) };
            let says = self.plan.kind.says_since()
                || matches!(watched.presence, Presence::Unknown | Presence::Left);
            let since = watched.sight.last().filter(|_| says);
            watched.subscribes(since);
            since
        };
        self.word("subscribe", route, since);
        let id = self.world.id_of(route);
        let data = match since {
            Some(since) => format!(r#"{{"routeId":"{id}","since":{since}}}"#),
            None => format!(r#"{{"routeId":"{id}"}}"#),
        };
        Ok(socket.send(&self.plan.kind.dialect().event("subscribe_route", &data)).await?)
    }

    pub(super) async fn ask(&self, socket: &mut WebSocket, route: usize) -> anyhow::Result<()> {
        if let Some(watched) = find(&mut self.state.borrow_mut(), route) {
            watched.asked = true;
        }
        self.word("ask", route, None);
        let data = format!(r#"{{"routeId":"{}"}}"#, self.world.id_of(route));
        Ok(socket.send(&self.plan.kind.dialect().event("get_seat_availability", &data)).await?)
    }

    pub(super) async fn ask_all(&self, socket: &mut WebSocket) -> anyhow::Result<()> {
        let routes = self.plan.routes.iter();
        for &route in routes {
            self.ask(socket, route).await?;
        }
        Ok(())
    }

    /// Rooms that it is in and has no map of yet.
    pub(super) fn unanswered(&self) -> Vec<usize> {
        let state = self.state.borrow();
        let is = |watched: &&Watched| {
            watched.presence == Presence::In && watched.sight.map.is_none() && !watched.asked
        };
        state.watched.iter().filter(is).map(|watched| watched.route).collect()
    }

    /// Leaves a room, or asks for the seats.
    pub(super) async fn wander(&self, socket: &mut WebSocket) -> anyhow::Result<()> {
        let pick = self.dice.borrow_mut().choice(&self.plan.routes).copied();
        let left: Vec<_> = {
            let state = self.state.borrow();
            let left = |watched: &&Watched| watched.presence == Presence::Left;
            state.watched.iter().filter(left).map(|watched| watched.route).collect()
        };
        for &route in &left {
            self.subscribe(socket, route).await?;
        }
        let Some(route) = pick.filter(|_| left.is_empty() && !self.world.is_calm()) else {
            return Ok(());
        };
        {
            let mut state = self.state.borrow_mut();
            let Some(watched) = find(&mut state, route) else { return Ok(()) };
            if watched.presence != Presence::In || watched.sight.map.is_none() || watched.asked {
                return Ok(());
            }
        }
        if self.dice.borrow_mut().bool() {
            return self.ask(socket, route).await;
        }
        if let Some(watched) = find(&mut self.state.borrow_mut(), route) {
            watched.presence = Presence::Leaving;
        }
        self.word("leave", route, None);
        let data = format!(r#"{{"routeId":"{}"}}"#, self.world.id_of(route));
        Ok(socket.send(&self.plan.kind.dialect().event("unsubscribe_route", &data)).await?)
    }

    pub(super) async fn event(
        &self,
        socket: &mut WebSocket,
        name: &str,
        data: &str,
    ) -> anyhow::Result<()> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct About<'a> {
            route_id: &'a str,
            seq: Option<u64>,
            #[serde(borrow, default)]
            seats: Vec<Seat<'a>>,
        }
        if name == "seat_update" {
            return self.update(data);
        }
        if name == "error" && self.world.database_breaks && data.contains(r#""unavailable""#) {
            // It asked at the moment in which the server lost its database: it connects again and
            // asks again.
            bail!("the server has no database");
        }
        if !matches!(name, "subscribed" | "unsubscribed" | "seat_availability" | "seat_snapshot") {
            self.differs(format!("got {name}: {data}"));
            return Ok(());
        }
        let about: About<'_> = serde_json::from_str(data)?;
        let route = self.world.index_of(about.route_id).context("a route that nobody knows")?;
        let seq = about.seq.unwrap_or(0);
        match name {
            "subscribed" => {
                self.judge(("subscribed", route, seq), |watched| {
                    // Its last event may belong to a history that is gone: a snapshot follows.
                    if self.world.has_gone_back() && watched.sight.last() != Some(seq) {
                        watched.sight = Sight::default();
                    }
                    // If the connection is lost while it gets missed events, it is ahead in one
                    // room and behind in another.
                    if self.plan.wanders && self.dice.borrow_mut().u8(..100) < STUMBLES {
                        self.stumbles.set(Some(self.dice.borrow_mut().u32(..4)));
                    }
                    watched.subscribed(self.world.has_gone_back());
                    watched.sight.confirmed(seq)
                });
                for route in self.unanswered() {
                    self.ask(socket, route).await?;
                }
            }
            "unsubscribed" => {
                self.judge(("unsubscribed", route, seq), |watched| {
                    watched.presence = Presence::Left;
                    Ok(())
                });
                // The others stay away until they wander again.
                if self.dice.borrow_mut().bool() {
                    self.subscribe(socket, route).await?;
                }
            }
            "seat_availability" => {
                self.world.tally.compared.add(1);
                let map = SeatMap::of(about.seats);
                self.judge(("seat_availability", route, seq), |watched| {
                    watched.asked = false;
                    watched.sight.snapshot(seq, map)
                });
            }
            "seat_snapshot" if self.world.has_gone_back() => {
                let map = SeatMap::of(about.seats);
                self.judge(("seat_snapshot", route, seq), |watched| {
                    watched.sight = Sight::default();
                    watched.has_only_snapshot = true;
                    watched.sight.snapshot(seq, map)
                });
            }
            // All events are kept in a run: a snapshot to catch up is a fault.
            _ => self.differs(format!("got a snapshot of {} at {seq}", about.route_id)),
        }
        Ok(())
    }

    pub(super) fn update(&self, data: &str) -> anyhow::Result<()> {
        let update: Update<'_> = serde_json::from_str(data)?;
        let route = self.world.index_of(update.route_id).context("a route that nobody knows")?;
        self.world.tally.events.add(1);
        let mut left = false;
        self.judge(("seat_update", route, update.seq), |watched| {
            left = watched.presence == Presence::Left;
            watched.has_only_snapshot = false;
            watched.sight.update(&update)
        });
        if left {
            self.differs(format!(
                "was told of {} seq {} after it left",
                update.route_id, update.seq
            ));
        }
        Ok(())
    }

    pub(super) fn judge(
        &self,
        (what, route, seq): (&'static str, usize, u64),
        see: impl FnOnce(&mut Watched) -> Result<(), Wrong>,
    ) {
        self.word(what, route, Some(seq));
        let wrong = match find(&mut self.state.borrow_mut(), route) {
            Some(watched) => see(watched).err(),
            None => Some(Wrong::Map("it never asked for this route".to_owned())),
        };
        let Some(wrong) = wrong else { return };
        // Its server may not have seen yet that the database went back, and answers from both
        // histories until it ends the connection.
        if self.world.is_going_back() {
            self.world.tally.between_histories.add(1);
            self.reload();
            return self.order(Order::Cut);
        }
        match wrong {
            Wrong::Missed { after, seq } => self.world.tally.missed.add(seq - after - 1),
            Wrong::Doubled { .. } => self.world.tally.doubled.add(1),
            Wrong::Misplaced { .. } | Wrong::Map(_) => {}
        }
        self.differs(format!("{what} of route {}: {wrong:?}", self.world.id_of(route)));
    }
}
