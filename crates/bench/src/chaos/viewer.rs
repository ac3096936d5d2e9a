//! A light viewer that comes back whatever happens to it, in one of five ways.
//!
//! It does what the stock client does with `pid` and offset, word for word, and notes at once when
//! something comes that must not come. What it saw is compared with the database at the end.

mod conversation;
mod kind;
mod watched;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::sight::Sight;
use super::talk::{Dialect, Said};
use super::websocket::WebSocket;
use super::world::World;
pub(crate) use kind::Kind;
use watched::{Presence, Watched};

/// Without a ping for so long a stock client takes the connection for dead.
const SILENCE_MAX: Duration = Duration::from_secs(45);

/// How long the patient wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// First and longest time before a viewer tries again, in milliseconds, as the stock client has it.
const DELAY_MS: u64 = 100;
const DELAY_MS_MAX: u64 = 1_000;

/// Orders that wait for a viewer; more are not worth waiting for.
const ORDERS_MAX: usize = 4;

/// Viewers in a hundred that forget everything when they lose their connection.
const RELOADS: u8 = 4;

/// What is remembered of what happened to a viewer, and of what it heard and said.
const HAPPENED_MAX: usize = 14;
const WORDS_MAX: usize = 24;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Lose the connection.
    Cut,
    /// Ask for the seats of every route: the answers stand behind everything else.
    RollCall,
    End,
}

pub(crate) struct Plan {
    pub(crate) index: usize,
    pub(crate) kind: Kind,
    pub(crate) port: u16,
    pub(crate) token: Option<String>,
    pub(crate) routes: Vec<usize>,
    /// Leaves a route now and then, and comes back to it behind what it saw.
    pub(crate) wanders: bool,
    pub(crate) seed: u64,
}

pub(crate) struct Viewer {
    plan: Plan,
    world: Rc<World>,
    dice: RefCell<fastrand::Rng>,
    orders: mpsc::Sender<Order>,
    /// Comes back no more.
    ended: Cell<bool>,
    /// After how many more events it loses its connection by itself, once it is back in a room.
    stumbles: Cell<Option<u32>>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    connected: bool,
    was_connected: bool,
    /// What a stock client keeps.
    pid: Option<String>,
    offset: Option<String>,
    watched: Vec<Watched>,
    happened: VecDeque<String>,
    words: VecDeque<Word>,
}

/// One message about a route, for the record.
struct Word {
    at: u128,
    name: &'static str,
    route: usize,
    seq: Option<u64>,
}

impl Viewer {
    /// Lives in a task of its own until it is told to end.
    pub(crate) fn start(plan: Plan, world: &Rc<World>) -> Rc<Self> {
        let (orders, receiver) = mpsc::channel(ORDERS_MAX);
        let watched = plan.routes.iter().map(Watched::fresh).collect();
        let viewer = Rc::new(Self {
            dice: RefCell::new(fastrand::Rng::with_seed(plan.seed)),
            plan,
            world: Rc::clone(world),
            orders,
            ended: Cell::new(false),
            stumbles: Cell::new(None),
            state: RefCell::new(State { watched, ..State::default() }),
        });
        tokio::task::spawn_local(Rc::clone(&viewer).live(receiver));
        viewer
    }

    /// Best effort: a viewer that is busy with older orders loses this one.
    pub(crate) fn order(&self, order: Order) {
        if order == Order::End {
            self.ended.set(true);
        }
        let _ = self.orders.try_send(order);
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.state.borrow().connected
    }

    /// The last seq of every route that it watches.
    pub(crate) fn reached(&self, mut look: impl FnMut(usize, Option<u64>)) {
        for watched in &self.state.borrow().watched {
            look(watched.route, watched.sight.last());
        }
    }

    /// Has an answer to everything that it asked.
    pub(crate) fn is_answered(&self) -> bool {
        let state = self.state.borrow();
        state.watched.iter().all(|watched| !watched.asked && watched.sight.map.is_some())
    }

    pub(crate) fn each_sight(&self, mut look: impl FnMut(usize, &Sight)) {
        for watched in &self.state.borrow().watched {
            look(watched.route, &watched.sight);
        }
    }

    /// Who it is and what happened to it last.
    pub(crate) fn story(&self) -> String {
        let state = self.state.borrow();
        let happened: Vec<_> = state.happened.iter().map(String::as_str).collect();
        let words: Vec<_> = state.words.iter().map(Word::to_string).collect();
        let wanders = if self.plan.wanders { ", wandering" } else { "" };
        format!(
            "viewer {} ({:?}{wanders}, port {}); last: {}; words: {}",
            self.plan.index,
            self.plan.kind,
            self.plan.port,
            happened.join(" | "),
            words.join(", ")
        )
    }

    async fn live(self: Rc<Self>, mut orders: mpsc::Receiver<Order>) {
        let mut attempts = 0_u32;
        while !self.ended.get() {
            let end = self.one_connection(&mut orders).await;
            let was_connected = self.lost(&end);
            attempts = if was_connected { 0 } else { attempts.saturating_add(1) };
            let longest = (DELAY_MS << attempts.min(4)).min(DELAY_MS_MAX);
            let delay = self.dice.borrow_mut().u64(DELAY_MS / 2..=longest);
            sleep(Duration::from_millis(delay)).await;
        }
    }

    /// Notes the end of a connection; whether it ever stood.
    fn lost(&self, end: &anyhow::Result<()>) -> bool {
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
                // It may be in already, behind what it has seen.
                Presence::Asked if watched.sight.seen.is_some() => Presence::Unknown,
                Presence::In | Presence::Asked => Presence::Out,
            };
        }
        let was = std::mem::take(&mut state.connected);
        drop(state);
        // A server that is away is not worth a line each time.
        if was || !how.contains("refused") {
            self.note(how);
        }
        if was && self.dice.borrow_mut().u8(..100) < RELOADS && !self.world.is_calm() {
            self.reload();
        }
        was
    }

    /// Begins again as if it had just come.
    fn reload(&self) {
        self.world.tally.reloads.add(1);
        self.note("begins again".to_owned());
        let mut state = self.state.borrow_mut();
        (state.pid, state.offset, state.was_connected) = (None, None, false);
        state.watched = self.plan.routes.iter().map(Watched::fresh).collect();
    }

    /// Ends well only if it was told to be cut.
    async fn one_connection(&self, orders: &mut mpsc::Receiver<Order>) -> anyhow::Result<()> {
        let dialect = self.plan.kind.dialect();
        // Some give up early: the server may have let them in already.
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

    fn restless(&self) -> Instant {
        Instant::now() + Duration::from_millis(self.dice.borrow_mut().u64(100..3_000))
    }

    async fn hear(&self, socket: &mut WebSocket, frame: &[u8]) -> anyhow::Result<()> {
        match self.plan.kind.dialect().understand(frame)? {
            Said::Opened => {
                let auth = self.auth();
                Ok(socket.send(&format!("40/seats,{auth}")).await?)
            }
            Said::Welcome(pid) => self.connected(socket, pid).await,
            Said::Ping => Ok(socket.send("3").await?),
            Said::Event { name, data, offset } => {
                self.event(socket, name, data).await?;
                let mut state = self.state.borrow_mut();
                if let (Some(offset), true) = (offset, state.pid.is_some()) {
                    state.offset = Some(offset);
                }
                drop(state);
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

    /// Loses the connection if its time has come.
    fn stumble(&self) -> anyhow::Result<()> {
        let Some(more) = self.stumbles.get() else { return Ok(()) };
        self.stumbles.set(more.checked_sub(1));
        if more == 0 && !self.world.is_calm() {
            self.world.tally.cuts.add(1);
            anyhow::bail!("stumbled");
        }
        Ok(())
    }

    fn auth(&self) -> serde_json::Value {
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

    async fn connected(&self, socket: &mut WebSocket, pid: Option<String>) -> anyhow::Result<()> {
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
        self.state.borrow_mut().pid = pid;
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
    fn begins_anew(&self) {
        let mut confirmed = Vec::new();
        {
            let mut state = self.state.borrow_mut();
            if state.pid.is_none() {
                return;
            }
            self.world.tally.anew.add(1);
            for watched in &mut state.watched {
                if watched.presence == Presence::In {
                    confirmed.push(self.world.id_of(watched.route).to_owned());
                }
                if !self.plan.kind.says_since() && watched.presence != Presence::Unknown {
                    watched.sight = Sight::default();
                }
                if watched.presence != Presence::Unknown {
                    watched.presence = Presence::Out;
                }
            }
        }
        // A session that was never confirmed may not have reached the disk.
        if !confirmed.is_empty() {
            self.differs(format!("was not recovered into {}", confirmed.join(", ")));
        }
    }

    fn differs(&self, what: String) {
        self.world.differs(format!("{what}; {}", self.story()));
    }

    fn word(&self, name: &'static str, route: usize, seq: Option<u64>) {
        let words = &mut self.state.borrow_mut().words;
        if words.len() >= WORDS_MAX {
            words.pop_front();
        }
        words.push_back(Word { at: self.world.now(), name, route, seq });
    }

    fn note(&self, what: String) {
        let mut state = self.state.borrow_mut();
        if state.happened.len() >= HAPPENED_MAX {
            state.happened.pop_front();
        }
        let reached: Vec<_> =
            state.watched.iter().map(|watched| watched.sight.last().unwrap_or(0)).collect();
        let entry = format!("{} ms {what} at {reached:?}", self.world.now());
        state.happened.push_back(entry);
    }
}

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { at, name, route, seq } = self;
        write!(f, "{at} {name} {route}")?;
        seq.map_or(Ok(()), |seq| write!(f, "@{seq}"))
    }
}

fn find(state: &mut State, route: usize) -> Option<&mut Watched> {
    state.watched.iter_mut().find(|watched| watched.route == route)
}
