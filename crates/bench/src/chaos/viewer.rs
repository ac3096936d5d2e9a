//! A light viewer that always connects again, in one of five ways.
//!
//! It does exactly what the stock client does with `pid` and offset, and notes at once when a wrong
//! packet comes. Its map is compared with the database at the end.

mod connection;
mod conversation;
mod kind;
mod story;
mod watched;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::sight::Sight;
use super::world::World;
pub(crate) use kind::Kind;
use story::Word;
use watched::{Presence, Watched};

/// First and longest time before a viewer tries again, in milliseconds, as the stock client has it.
const DELAY_MS: u64 = 100;
const DELAY_MS_MAX: u64 = 1_000;

/// Orders that may wait for a viewer; more are dropped.
const ORDERS_MAX: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Lose the connection.
    Cut,
    /// Ask for the seats of every route: the answers come after everything else.
    RollCall,
    End,
}

pub(crate) struct Plan {
    pub(crate) index: usize,
    pub(crate) kind: Kind,
    pub(crate) port: u16,
    pub(crate) token: Option<String>,
    pub(crate) routes: Vec<usize>,
    /// Leaves a route now and then, and resumes it after the last event that it saw.
    pub(crate) wanders: bool,
    pub(crate) seed: u64,
}

pub(crate) struct Viewer {
    plan: Plan,
    world: Rc<World>,
    dice: RefCell<fastrand::Rng>,
    orders: mpsc::Sender<Order>,
    /// Connects no more.
    ended: Cell<bool>,
    /// After how many more events it loses its connection by itself, once it is in a room again.
    stumbles: Cell<Option<u32>>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    connected: bool,
    was_connected: bool,
    /// When it last joined its rooms, in milliseconds since the run began.
    connected_at: u128,
    /// The pid that a stock client keeps.
    pid: Option<String>,
    offset: Option<String>,
    /// The epoch of this session's events; `None`: no event has come.
    epoch: Option<String>,
    /// Sessions that were not recovered, each with its epoch: that was right if the next one has
    /// another.
    not_recovered: Vec<(String, String)>,
    watched: Vec<Watched>,
    happened: VecDeque<String>,
    words: VecDeque<Word>,
}

impl Viewer {
    /// Lives in a task of its own until it is ended.
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

    /// Whether it has answers to all its requests.
    pub(crate) fn is_answered(&self) -> bool {
        let state = self.state.borrow();
        state.watched.iter().all(|watched| !watched.asked && watched.sight.map.is_some())
    }

    pub(crate) fn each_sight(&self, mut look: impl FnMut(usize, &Sight)) {
        for watched in &self.state.borrow().watched {
            look(watched.route, &watched.sight);
        }
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
}

fn find(state: &mut State, route: usize) -> Option<&mut Watched> {
    state.watched.iter_mut().find(|watched| watched.route == route)
}
