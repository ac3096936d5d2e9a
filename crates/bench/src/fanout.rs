//! One event to many viewers: when the first viewer has it, the median, and the last.
//!
//! Either all viewers are of one room and one event happens, or they are spread evenly over rooms
//! and one event happens in each.

use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::crowd::{self, AT_ONCE, Arrivals, Counted};
use crate::figure::{Row, at};
use crate::target::Target;

pub(crate) struct Plan {
    pub(crate) viewers: usize,
    pub(crate) rounds: usize,
}

pub(crate) async fn run(mut target: Target, plan: &Plan) -> anyhow::Result<Row> {
    let arrivals = Rc::new(Arrivals::default());
    let counting = Rc::clone(&arrivals);
    let sight = move |_| Counted(Rc::clone(&counting));
    let (port, viewers) = (target.process.port, 0..plan.viewers);
    crowd::gather(port, viewers, AT_ONCE, &target.rooms, sight).await?;

    // In the first round everything is cold; it is not counted.
    let mut rounds = Vec::new();
    for round in 0..=plan.rounds {
        let times = told(&mut target, &arrivals, plan.viewers, 1).await?;
        if round > 0 {
            rounds.push(times);
        }
    }
    rounds.sort_unstable_by_key(|times| times.last().copied());
    let name = if target.rooms.len() == 1 { "fanout" } else { "fanout rooms" };
    let mut row = Row::new(name, target.which.name());
    if let (Some(best), Some(middle)) = (rounds.first(), rounds.get(rounds.len() / 2)) {
        row.time("first", at(middle, 0.0));
        row.time("median", at(middle, 0.5));
        row.time("p99", at(middle, 0.99));
        row.time("last", at(middle, 1.0));
        row.time("last after first", at(middle, 1.0) - at(middle, 0.0));
        row.time("last, best round", at(best, 1.0));
    }
    target.process.kill().await?;
    Ok(row)
}

/// Times of arrival after the request was sent, sorted. `viewers`: of all rooms together.
pub(crate) async fn told(
    target: &mut Target,
    arrivals: &Arrivals,
    viewers: usize,
    events: usize,
) -> anyhow::Result<Vec<Duration>> {
    arrivals.expect(viewers * events);
    let start = Instant::now();
    target.fire(events).await?;
    arrivals.since(start).await
}
