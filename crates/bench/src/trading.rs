//! Sells and cancels seats at an even pace, also with slow answers: each pair has a task of its
//! own, so that a slow answer delays no other.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::company::Company;
use crate::json::text_behind;
use crate::keep_alive::KeepAlive;
use crate::lateness::{Answered, key};

/// A booking makes one event, its cancellation two.
pub(crate) const EVENTS_PER_PAIR: usize = 3;

/// Requests under way at one time; a server that is slower than the pace fails the run.
const CONNECTIONS_MAX: usize = 2_048;

/// A connection that was idle for longer is not used again: the server ends it after fifteen
/// seconds.
const IDLE_MAX: Duration = Duration::from_secs(10);

pub(crate) struct Trading {
    company: Rc<Company>,
    seats: usize,
    events_per_second: usize,
    idle: Rc<RefCell<Vec<(KeepAlive, Instant)>>>,
    /// Pairs so far: the next one is of the next departure, and of its next seat.
    pairs: usize,
}

/// What was traded in one call.
pub(crate) struct Traded {
    pub(crate) answered: Answered,
    /// Events of each departure.
    pub(crate) events: Vec<usize>,
    pub(crate) lasted: Duration,
}

impl Trading {
    /// `seats`: this many of the first seats of each departure are traded.
    pub(crate) fn new(company: &Rc<Company>, seats: usize, events_per_second: usize) -> Self {
        let (company, events_per_second) = (Rc::clone(company), events_per_second.max(1));
        Self { company, seats, events_per_second, idle: Rc::default(), pairs: 0 }
    }

    /// Makes at least this many events, one departure after the other, and returns when each answer
    /// came.
    pub(crate) async fn trade(&mut self, events: usize) -> anyhow::Result<Traded> {
        let start = Instant::now();
        let answered: Rc<RefCell<Answered>> = Rc::default();
        let mut events_of = vec![0; self.company.routes.len()];
        let mut selling = JoinSet::new();
        let period = Duration::from_secs(1) * u32::try_from(EVENTS_PER_PAIR)?
            / u32::try_from(self.events_per_second)?;
        let mut pace = tokio::time::interval(period);
        pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for _ in 0..events.div_ceil(EVENTS_PER_PAIR) {
            pace.tick().await;
            while let Some(sold) = selling.try_join_next() {
                sold??;
            }
            ensure!(selling.len() < CONNECTIONS_MAX, "the server does not keep the pace");
            let route = self.pairs % events_of.len();
            let seat = self.pairs / events_of.len() % self.seats;
            self.pairs += 1;
            if let Some(events) = events_of.get_mut(route) {
                *events += EVENTS_PER_PAIR;
            }
            let (company, idle) = (Rc::clone(&self.company), Rc::clone(&self.idle));
            selling.spawn_local(pair(company, idle, (route, seat), Rc::clone(&answered)));
        }
        while let Some(sold) = selling.join_next().await {
            sold??;
        }
        Ok(Traded { answered: answered.take(), events: events_of, lasted: start.elapsed() })
    }
}

/// Sells one seat and cancels it.
async fn pair(
    company: Rc<Company>,
    idle: Rc<RefCell<Vec<(KeepAlive, Instant)>>>,
    (route, seat): (usize, usize),
    answered: Rc<RefCell<Answered>>,
) -> anyhow::Result<()> {
    let waiting = idle.borrow_mut().pop();
    let mut connection = match waiting {
        Some((connection, since)) if since.elapsed() < IDLE_MAX => connection,
        _ => KeepAlive::connect(company.port).await?,
    };
    let booking = company.booking(&company.agent, route, seat);
    let answer = connection.exchange(&booking).await?;
    let at = Instant::now();
    let ticket_id =
        text_behind(answer.good()?, br#""id":""#).context("a ticket without id")?.to_owned();
    answered.borrow_mut().insert(key(&ticket_id, false), at);
    let cancellation = company.cancellation(&company.agent, &ticket_id);
    connection.exchange(&cancellation).await?.good()?;
    answered.borrow_mut().insert(key(&ticket_id, true), Instant::now());
    idle.borrow_mut().push((connection, Instant::now()));
    Ok(())
}
