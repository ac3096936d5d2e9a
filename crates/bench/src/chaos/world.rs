//! What all parts of a run share: the routes, the counts, and the differences found so far.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

/// Differences that are kept word for word; the rest is only counted.
const DIFFERENCES_MAX: usize = 40;

/// How long after the switch servers may take to see that the database went back: they look every
/// two seconds, and may be paused meanwhile.
const NOTICE_MS: u128 = 15_000;

/// How long a server may take until it begins anew too: on a busy machine they do so one after the
/// other, and one whose chain breaks again begins another epoch. Earlier sessions end with that.
/// This is only for sessions without an event that shows their epoch.
const BEGUN_ANEW_MS: u128 = 30_000;

/// The one of the database that was promoted, and another one if a server finds its chain broken.
const EPOCHS_OF_FAILOVER_MAX: usize = 2;

/// A failover to a standby that lacked the last commits. Requests sent before its end and answered
/// after its beginning may be lost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loss {
    /// Milliseconds since the run began.
    pub(crate) from: u128,
    pub(crate) until: u128,
}

pub(crate) struct Route {
    pub(crate) id: String,
    pub(crate) stops: Vec<String>,
    pub(crate) seats: usize,
}

pub(crate) struct World {
    pub(crate) routes: Vec<Route>,
    by_id: HashMap<String, usize>,
    started: Instant,
    pub(crate) tally: Tally,
    differences: RefCell<Vec<String>>,
    difference_count: Cell<u64>,
    /// There are no more faults.
    calm: Cell<bool>,
    losses: RefCell<Vec<Loss>>,
    /// The stories of viewers that began anew although their room was confirmed.
    not_recovered: RefCell<Vec<String>>,
    /// The epochs of all offsets that viewers have seen.
    epochs: RefCell<BTreeSet<String>>,
    /// Servers lose their database now and then, and report it.
    pub(crate) database_breaks: bool,
    /// Prints everything as it happens.
    verbose: bool,
}

/// A count that all parts add to.
#[derive(Debug, Default)]
pub(crate) struct Count(Cell<u64>);

impl Count {
    pub(crate) fn add(&self, more: u64) {
        self.0.set(self.0.get() + more);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.get()
    }
}

/// What happened in a run.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) kills: Count,
    pub(crate) pauses: Count,
    /// Connections of servers to their database that were disturbed.
    pub(crate) database_cuts: Count,
    pub(crate) database_restarts: Count,
    pub(crate) redis_cuts: Count,
    pub(crate) redis_restarts: Count,
    pub(crate) failovers: Count,
    /// Acknowledged steps that a failover lost.
    pub(crate) lost: Count,
    pub(crate) lost_operations: Count,
    /// Viewers that got events of two histories, and forgot both.
    pub(crate) between_histories: Count,
    /// Connections that were cut, at either end or on the way.
    pub(crate) cuts: Count,
    /// Viewers that forgot everything, like a page that is loaded again.
    pub(crate) reloads: Count,
    pub(crate) reconnects: Count,
    pub(crate) recovered: Count,
    /// Clients that know only recovery and began anew.
    pub(crate) anew: Count,
    pub(crate) events: Count,
    pub(crate) missed: Count,
    pub(crate) doubled: Count,
    /// Snapshots that were asked for and compared with the viewer's own map.
    pub(crate) compared: Count,
    pub(crate) acknowledged: Count,
    pub(crate) refused: Count,
    pub(crate) unanswered: Count,
    pub(crate) bookings: Count,
    /// Bookings of several, there and back or not.
    pub(crate) families: Count,
    /// Requests of families that were sent again under their key, without an answer and with one.
    pub(crate) asked_again: Count,
    pub(crate) repeats: Count,
    pub(crate) bookings_unanswered: Count,
    /// Bookings whose money was added up at the end.
    pub(crate) bookings_added_up: Count,
    /// What payments without an answer had done.
    pub(crate) unanswered_paid: Count,
    pub(crate) unanswered_given_back: Count,
    pub(crate) unanswered_not_taken: Count,
}

impl World {
    pub(crate) fn new(routes: Vec<Route>, database_breaks: bool, verbose: bool) -> Self {
        let by_id = routes.iter().enumerate().map(|(index, route)| (route.id.clone(), index));
        Self {
            by_id: by_id.collect(),
            routes,
            started: Instant::now(),
            tally: Tally::default(),
            differences: RefCell::default(),
            difference_count: Cell::new(0),
            calm: Cell::new(false),
            losses: RefCell::default(),
            not_recovered: RefCell::default(),
            epochs: RefCell::default(),
            database_breaks,
            verbose,
        }
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.calm.get()
    }

    pub(crate) fn calm_down(&self) {
        self.calm.set(true);
    }

    pub(crate) fn index_of(&self, route_id: &str) -> Option<usize> {
        self.by_id.get(route_id).copied()
    }

    pub(crate) fn id_of(&self, route: usize) -> &str {
        self.routes.get(route).map_or("", |route| &route.id)
    }

    pub(crate) fn micros(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Milliseconds since the run began.
    pub(crate) fn now(&self) -> u128 {
        self.started.elapsed().as_millis()
    }

    pub(crate) fn lost(&self, loss: Loss) {
        self.losses.borrow_mut().push(loss);
    }

    pub(crate) fn losses(&self) -> Vec<Loss> {
        self.losses.borrow().clone()
    }

    /// Whether a failover may have lost a request that was sent and answered then.
    pub(crate) fn may_be_lost(&self, asked: u128, answered: u128) -> bool {
        let may = |loss: &Loss| asked <= loss.until && answered >= loss.from;
        self.losses.borrow().iter().any(may)
    }

    pub(crate) fn has_gone_back(&self) -> bool {
        !self.losses.borrow().is_empty()
    }

    /// Whether servers may not have seen yet that the database went back.
    pub(crate) fn is_going_back(&self) -> bool {
        self.ends_behind(self.now(), NOTICE_MS)
    }

    /// Whether a viewer's events since then may belong to a history that is gone.
    pub(crate) fn went_back_since(&self, then: u128) -> bool {
        self.ends_behind(then, BEGUN_ANEW_MS)
    }

    fn ends_behind(&self, then: u128, grace_ms: u128) -> bool {
        self.losses.borrow().iter().any(|loss| loss.until + grace_ms > then)
    }

    pub(crate) fn saw_epoch(&self, epoch: &str) {
        let mut epochs = self.epochs.borrow_mut();
        if !epochs.contains(epoch) {
            epochs.insert(epoch.to_owned());
        }
    }

    /// How many epochs there were, and the most that there may be: viewers begin anew only where
    /// the database has gone back.
    pub(crate) fn epochs(&self) -> (usize, usize) {
        let most = 1 + EPOCHS_OF_FAILOVER_MAX * self.losses.borrow().len();
        (self.epochs.borrow().len(), most)
    }

    /// A session that could not be saved while its database was away is not recovered: the end of
    /// the run checks the number of these.
    pub(crate) fn was_not_recovered(&self, story: String) {
        self.not_recovered.borrow_mut().push(story);
    }

    pub(crate) fn not_recovered(&self) -> Vec<String> {
        self.not_recovered.borrow().clone()
    }

    /// Something is not as it must be.
    pub(crate) fn differs(&self, what: String) {
        self.difference_count.set(self.difference_count.get() + 1);
        let mut differences = self.differences.borrow_mut();
        if differences.len() < DIFFERENCES_MAX {
            differences.push(format!("at {} ms: {what}", self.now()));
        }
    }

    pub(crate) fn differences(&self) -> (u64, Vec<String>) {
        (self.difference_count.get(), self.differences.borrow().clone())
    }

    #[expect(clippy::print_stdout, reason = "what happens is what the run is for")]
    pub(crate) fn say(&self, what: &str) {
        if self.verbose {
            println!("{:>7} ms  {what}", self.now());
        }
    }
}
