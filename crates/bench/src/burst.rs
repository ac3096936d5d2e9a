//! Many events at once to many viewers: deliveries a second, and the memory that stays in use.

use std::rc::Rc;

use crate::cores;
use crate::crowd::{self, AT_ONCE, Arrivals, Counted};
use crate::fanout::told;
use crate::figure::{Row, Unit, at, float};
use crate::process::SETTLE;
use crate::target::Target;

pub(crate) struct Plan {
    pub(crate) viewers: usize,
    pub(crate) events: usize,
    pub(crate) rounds: usize,
}

pub(crate) async fn run(mut target: Target, plan: &Plan) -> anyhow::Result<Row> {
    let arrivals = Rc::new(Arrivals::default());
    let counting = Rc::clone(&arrivals);
    let sight = move |_| Counted(Rc::clone(&counting));
    let (port, viewers) = (target.process.port, 0..plan.viewers);
    crowd::gather(port, viewers, AT_ONCE, &target.rooms, sight).await?;
    // One event first: connections of the buyers and rare paths of the server are warm then.
    told(&mut target, &arrivals, plan.viewers, 1).await?;
    tokio::time::sleep(SETTLE).await;
    let held = target.process.rss_kib()?;

    let client_used = cores::used(std::process::id())?;
    let mut lasted = Vec::new();
    for _ in 0..plan.rounds {
        lasted.push(at(&told(&mut target, &arrivals, plan.viewers, plan.events).await?, 1.0));
    }
    let client_used = cores::used(std::process::id())? - client_used;
    let client_used = cores::percent(client_used, lasted.iter().sum());
    lasted.sort_unstable();
    let peak = target.process.rss_kib()?;
    tokio::time::sleep(SETTLE).await;
    let after = target.process.rss_kib()?;

    let mut row = Row::new("burst", target.which.name());
    let deliveries = float(plan.viewers * plan.events);
    row.add("deliveries", deliveries / at(&lasted, 0.5).as_secs_f64(), Unit::PerSecond);
    row.time("last", at(&lasted, 0.5));
    row.memory("before", held);
    row.memory("right after", peak);
    row.memory("after", after);
    row.add("after / before", f64::from(after) / f64::from(held), Unit::Times);
    row.add("client's core", client_used, Unit::Percent);
    target.process.kill().await?;
    Ok(row)
}
