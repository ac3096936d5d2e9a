//! What a viewer is and knows: its plan, what it is told to do, and its sight of its routes.
//!
//! Nothing here connects or speaks: that is [`super::connection`] and [`super::conversation`].

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tokio::sync::mpsc;

use super::kind::Kind;
use super::story::{Story, Word};
use super::watched::Watched;
use crate::chaos::sight::Sight;
use crate::chaos::world::World;

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
    pub(super) plan: Plan,
    pub(super) world: Rc<World>,
    pub(super) dice: RefCell<fastrand::Rng>,
    pub(super) orders: mpsc::Sender<Order>,
    /// Connects no more.
    pub(super) ended: Cell<bool>,
    /// After how many more events it loses its connection by itself, once it is in a room again.
    pub(super) stumbles: Cell<Option<u32>>,
    pub(super) state: RefCell<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) connected: bool,
    pub(super) was_connected: bool,
    /// When it last joined its rooms, in milliseconds since the run began.
    pub(super) connected_at: u128,
    /// The pid that a stock client keeps.
    pub(super) pid: Option<String>,
    pub(super) offset: Option<String>,
    /// The epoch of this session's events; `None`: no event has come.
    pub(super) epoch: Option<String>,
    /// Sessions that were not recovered, each with its epoch: that was right if the next one has
    /// another.
    pub(super) not_recovered: Vec<(String, String)>,
    pub(super) watched: Vec<Watched>,
    story: Story,
}

impl Viewer {
    /// Its orders come through the receiver.
    pub(super) fn new(plan: Plan, world: &Rc<World>) -> (Self, mpsc::Receiver<Order>) {
        let (orders, receiver) = mpsc::channel(ORDERS_MAX);
        let watched = plan.routes.iter().map(Watched::fresh).collect();
        let viewer = Self {
            dice: RefCell::new(fastrand::Rng::with_seed(plan.seed)),
            plan,
            world: Rc::clone(world),
            orders,
            ended: Cell::new(false),
            stumbles: Cell::new(None),
            state: RefCell::new(State { watched, ..State::default() }),
        };
        (viewer, receiver)
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

    /// Its name and what happened to it last.
    pub(crate) fn story(&self) -> String {
        let wanders = if self.plan.wanders { ", wandering" } else { "" };
        let Plan { index, kind, port, .. } = &self.plan;
        let story = &self.state.borrow().story;
        format!("viewer {index} ({kind:?}{wanders}, port {port}); {story}")
    }

    pub(super) fn differs(&self, what: String) {
        self.world.differs(format!("{what}; {}", self.story()));
    }

    pub(super) fn word(&self, name: &'static str, route: usize, seq: Option<u64>) {
        let at = self.world.now();
        self.state.borrow_mut().story.was_said(Word { at, name, route, seq });
    }

    pub(super) fn note(&self, what: String) {
        let mut state = self.state.borrow_mut();
        let reached: Vec<_> =
            state.watched.iter().map(|watched| watched.sight.last().unwrap_or(0)).collect();
        let entry = format!("{} ms {what} at {reached:?}", self.world.now());
        state.story.has_happened(entry);
    }

    /// Starts again like a new viewer.
    pub(super) fn reload(&self) {
        self.world.tally.reloads.add(1);
        self.note("begins again".to_owned());
        let mut state = self.state.borrow_mut();
        (state.pid, state.offset, state.was_connected) = (None, None, false);
        state.epoch = None;
        state.watched = self.plan.routes.iter().map(Watched::fresh).collect();
    }
}

/// What it saw of this route.
pub(super) fn find(state: &mut State, route: usize) -> Option<&mut Watched> {
    state.watched.iter_mut().find(|watched| watched.route == route)
}
