//! What a server does while nothing happens: the use of its core with many viewers that only watch,
//! between heartbeats, and over one whole interval of heartbeats.

use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::cores;
use crate::crowd::{self, AT_ONCE, Arrivals, Counted};
use crate::figure::{Row, Unit};
use crate::target::Target;

pub(crate) struct Plan {
    pub(crate) viewers: usize,
    /// Well within the 25 s between a viewer's heartbeats.
    pub(crate) between: Duration,
    /// One whole interval more, for the heartbeats themselves; zero leaves it out.
    pub(crate) heartbeats: Duration,
}

/// From the last viewer's join until the server has freed everything.
const SETTLE: Duration = Duration::from_secs(2);

pub(crate) async fn run(target: Target, plan: &Plan) -> anyhow::Result<Row> {
    let arrivals = Rc::new(Arrivals::default());
    let sight = move |_| Counted(Rc::clone(&arrivals));
    let (port, viewers) = (target.process.port, 0..plan.viewers);
    crowd::gather(port, viewers, AT_ONCE, &target.rooms, sight).await?;
    tokio::time::sleep(SETTLE).await;
    let mut row = Row::new("idle", target.which.name());
    row.add("between heartbeats", use_during(&target, plan.between).await?, Unit::Percent);
    if !plan.heartbeats.is_zero() {
        row.add("with heartbeats", use_during(&target, plan.heartbeats).await?, Unit::Percent);
    }
    target.process.kill().await?;
    Ok(row)
}

/// In percent of one core.
async fn use_during(target: &Target, time: Duration) -> anyhow::Result<f64> {
    let (start, before) = (Instant::now(), cores::used(target.process.pid)?);
    tokio::time::sleep(time).await;
    let used = cores::used(target.process.pid)?.saturating_sub(before);
    Ok(cores::percent(used, start.elapsed()))
}
