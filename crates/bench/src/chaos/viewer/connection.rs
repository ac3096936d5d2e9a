//! One connection of a viewer, from its upgrade to its end, handled as a stock client does: the
//! session that it sends, and its requests once it is connected again.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::kind::Kind;
use super::state::{Order, Viewer};
use super::watched::{Presence, Watched};
use crate::chaos::sight::Sight;
use crate::chaos::talk::{Dialect, Said};
use crate::chaos::websocket::WebSocket;

/// Without a ping for this long, a stock client counts the connection as dead.
const SILENCE_MAX: Duration = Duration::from_secs(45);

/// How long patient viewers wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Viewers in a hundred that forget everything when they lose their connection.
const RELOADS: u8 = 4;

impl Viewer {
    /// Ends without an error only if it was cut by an order.
    pub(super) async fn one_connection(
        &self,
        orders: &mut mpsc::Receiver<Order>,
    ) -> anyhow::Result<()> {
        let dialect = self.plan.kind.dialect();
        // Some viewers give up early: the server may have accepted them already.
        let patience = {
            let mut dice = self.dice.borrow_mut();
            if dice.u8(..100) < 12 {
                Duration::from_millis(dice.u64(5..1_500))
            } else {
                CONNECT_TIMEOUT
            }
        };
        let deadline = Instant::now() + patience;
        let opening = WebSocket::open(self.plan.port, dialect.path());
        let mut socket = timeout(patience, opening).await.context("no upgrade")??;
        while orders.try_recv().is_ok() {}
        if dialect == Dialect::Plain {
            self.connected(&mut socket, None).await?;
        }
        let mut restless = self.restless();
        self.stumbles.set(None);
        loop {
            let connected = self.is_connected();
            let silence = if connected { Instant::now() + SILENCE_MAX } else { deadline };
            tokio::select! {
                frame = tokio::time::timeout_at(silence, socket.next()) => {
                    let Ok(frame) = frame else {
                        socket.cut();
                        anyhow::bail!(if connected { "silence" } else { "lost patience" });
                    };
                    self.hear(&mut socket, &frame?).await?;
                }
                Some(order) = orders.recv() => match order {
                    Order::Cut | Order::End => {
                        socket.cut();
                        return Ok(());
                    }
                    Order::RollCall => self.ask_all(&mut socket).await?,
                },
                () = tokio::time::sleep_until(restless), if self.plan.wanders && connected => {
                    restless = self.restless();
                    self.wander(&mut socket).await?;
                }
            }
        }
    }

    pub(super) fn restless(&self) -> Instant {
        Instant::now() + Duration::from_millis(self.dice.borrow_mut().u64(100..3_000))
    }

    pub(super) async fn hear(&self, socket: &mut WebSocket, frame: &[u8]) -> anyhow::Result<()> {
        match self.plan.kind.dialect().understand(frame)? {
            Said::Opened => {
                let auth = self.auth();
                Ok(socket.send(&format!("40/seats,{auth}")).await?)
            }
            Said::Welcome(pid) => self.connected(socket, pid).await,
            Said::Ping => Ok(socket.send("3").await?),
            Said::Event { name, data, offset } => {
                self.event(socket, name, data).await?;
                self.offset(offset);
                if name == "seat_update" { self.stumble() } else { Ok(()) }
            }
            Said::Refused(why) => {
                self.differs(format!("refused: {why}"));
                anyhow::bail!("refused")
            }
            Said::Goodbye => {
                self.differs("was told to go for good".to_owned());
                anyhow::bail!("told to go")
            }
            Said::Nothing => Ok(()),
        }
    }

    /// Keeps it as a stock client does, and checks its epoch: a session that was not recovered
    /// before must have another one.
    fn offset(&self, offset: Option<String>) {
        let mut state = self.state.borrow_mut();
        let Some(offset) = offset.filter(|_| state.pid.is_some()) else { return };
        let epoch = offset.split('.').next().unwrap_or_default();
        if state.epoch.as_deref() != Some(epoch) {
            self.world.saw_epoch(epoch);
            for (before, story) in std::mem::take(&mut state.not_recovered) {
                if before == epoch {
                    self.world.was_not_recovered(story);
                }
            }
            state.epoch = Some(epoch.to_owned());
        }
        state.offset = Some(offset);
    }

    /// Loses the connection if its time has come.
    pub(super) fn stumble(&self) -> anyhow::Result<()> {
        let Some(more) = self.stumbles.get() else { return Ok(()) };
        self.stumbles.set(more.checked_sub(1));
        if more == 0 && !self.world.is_calm() {
            self.world.tally.cuts.add(1);
            anyhow::bail!("stumbled");
        }
        Ok(())
    }

    pub(super) fn auth(&self) -> serde_json::Value {
        let state = self.state.borrow();
        let mut auth = json!({ "recovery": self.plan.kind.recovers() });
        if let Some(token) = &self.plan.token {
            auth["token"] = json!(token);
        }
        if let Some(pid) = state.pid.as_ref().filter(|_| self.plan.kind.recovers()) {
            auth["pid"] = json!(pid);
            if let Some(offset) = &state.offset {
                auth["offset"] = json!(offset);
            }
        }
        auth
    }

    pub(super) async fn connected(
        &self,
        socket: &mut WebSocket,
        pid: Option<String>,
    ) -> anyhow::Result<()> {
        let kind = self.plan.kind;
        let tally = &self.world.tally;
        let recovered = {
            let mut state = self.state.borrow_mut();
            state.connected = true;
            let recovered = pid.is_some() && state.pid == pid;
            if std::mem::replace(&mut state.was_connected, true) {
                tally.reconnects.add(1);
                if recovered {
                    tally.recovered.add(1);
                }
            }
            recovered
        };
        let offset = self.state.borrow().offset.clone().unwrap_or_default();
        self.note(if recovered {
            format!("recovered, offset {offset}")
        } else {
            "connected".into()
        });
        if kind.recovers() && !recovered {
            self.begins_anew();
        }
        {
            let mut state = self.state.borrow_mut();
            (state.pid, state.connected_at) = (pid, self.world.now());
        }
        let each_time = kind != Kind::Recovery;
        let wanted: Vec<_> = {
            let state = self.state.borrow();
            let wanted = |watched: &&Watched| each_time || watched.presence != Presence::In;
            state.watched.iter().filter(wanted).map(|watched| watched.route).collect()
        };
        for route in wanted {
            self.subscribe(socket, route).await?;
        }
        for route in self.unanswered() {
            self.ask(socket, route).await?;
        }
        Ok(())
    }

    /// The server knows nothing of its rooms.
    pub(super) fn begins_anew(&self) {
        let mut confirmed = Vec::new();
        let mut may_be_recovered = true;
        {
            let mut state = self.state.borrow_mut();
            if state.pid.is_none() {
                return;
            }
            self.world.tally.anew.add(1);
            for watched in &mut state.watched {
                if watched.presence == Presence::In {
                    confirmed.push(self.world.id_of(watched.route).to_owned());
                    may_be_recovered &= !watched.has_only_snapshot;
                }
                // It may have sent its place, and a map may have been sent that it did not get:
                // after a failover the server cannot know to which history that place belongs.
                if watched.presence == Presence::Unknown {
                    may_be_recovered &= !self.world.has_gone_back();
                }
                if !self.plan.kind.says_since() && watched.presence != Presence::Unknown {
                    watched.sight = Sight::default();
                }
                if watched.presence != Presence::Unknown {
                    watched.presence = Presence::Out;
                }
            }
        }
        // A session that was never confirmed may not have reached the disk; one of a history that
        // is gone is not valid. Its events show its history; without events it is unknown.
        let epoch = self.state.borrow_mut().epoch.take();
        if confirmed.is_empty() || !may_be_recovered {
            return;
        }
        let what = format!("was not recovered into {}", confirmed.join(", "));
        let story = format!("{what}; {}", self.story());
        let mut state = self.state.borrow_mut();
        match epoch {
            // It may have reached a server that does not know yet, and has another epoch than the
            // others.
            _ if self.world.is_going_back() => {}
            Some(epoch) => state.not_recovered.push((epoch, story)),
            None if self.world.went_back_since(state.connected_at) => {}
            None => self.world.was_not_recovered(story),
        }
    }

    /// Notes the end of a connection; returns whether it ever stood.
    pub(super) fn lost(&self, end: &anyhow::Result<()>) -> bool {
        let how = match end {
            Ok(()) => "cut".to_owned(),
            Err(error) => format!("lost ({error:#})"),
        };
        let mut state = self.state.borrow_mut();
        for watched in &mut state.watched {
            watched.asked = false;
            watched.presence = match watched.presence {
                Presence::Out => Presence::Out,
                // Only these sessions are kept for it.
                Presence::In if self.plan.kind.recovers() => Presence::In,
                Presence::Leaving | Presence::Left | Presence::Unknown => Presence::Unknown,
                // It may be in already, after the last event that it has seen.
                Presence::Asked if watched.sight.seen.is_some() => Presence::Unknown,
                Presence::In | Presence::Asked => Presence::Out,
            };
        }
        let was = std::mem::take(&mut state.connected);
        drop(state);
        // A server that is down needs no line each time.
        if was || !how.contains("refused") {
            self.note(how);
        }
        if was && self.dice.borrow_mut().u8(..100) < RELOADS && !self.world.is_calm() {
            self.reload();
        }
        was
    }
}
