//! All viewers at once: they connect and subscribe as fast as the two sides can.

use std::rc::Rc;

use crate::crowd::{self, Arrivals, Counted};
use crate::figure::{Row, at};
use crate::target::Target;

pub(crate) struct Plan {
    pub(crate) viewers: usize,
    /// Handshakes under way at one time; as many as there are viewers for all at the same moment.
    pub(crate) at_once: usize,
}

pub(crate) async fn run(target: Target, plan: &Plan) -> anyhow::Result<Row> {
    let arrivals = Rc::new(Arrivals::default());
    let sight = move |_| Counted(Rc::clone(&arrivals));
    let (port, viewers) = (target.process.port, 0..plan.viewers);
    let joined = crowd::gather(port, viewers, plan.at_once, &target.rooms, sight).await?;
    let name = if plan.at_once < plan.viewers { "storm" } else { "storm at once" };
    let mut row = Row::new(name, target.which.name());
    row.time("all there", joined.lasted);
    row.time("each, median", at(&joined.each, 0.5));
    row.time("each, p99", at(&joined.each, 0.99));
    row.time("each, max", at(&joined.each, 1.0));
    row.count("lost subscriptions", joined.lost);
    target.process.kill().await?;
    Ok(row)
}
