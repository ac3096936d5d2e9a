//! What it costs to hold viewers: memory of the whole server at growing numbers of them.

use std::rc::Rc;
use std::time::Duration;

use crate::crowd::{self, AT_ONCE, Arrivals, Counted};
use crate::figure::{Row, Unit, float};
use crate::target::Target;

pub(crate) struct Plan {
    /// How many viewers there are at each look, rising.
    pub(crate) steps: Vec<usize>,
}

/// Before a look at memory: what joining needed is given back meanwhile.
const SETTLE: Duration = Duration::from_secs(1);

pub(crate) async fn run(target: Target, plan: &Plan) -> anyhow::Result<Row> {
    let arrivals = Rc::new(Arrivals::default());
    let mut row = Row::new("viewers", target.which.name());
    let empty = target.process.rss_kib()?;
    row.memory("none", empty);
    let mut held = 0;
    let mut looks = Vec::new();
    for &viewers in &plan.steps {
        let arrivals = Rc::clone(&arrivals);
        let sight = move |_| Counted(Rc::clone(&arrivals));
        crowd::gather(target.process.port, held..viewers, AT_ONCE, &target.rooms, sight).await?;
        held = viewers;
        tokio::time::sleep(SETTLE).await;
        let kib = target.process.rss_kib()?;
        row.memory(step_name(viewers), kib);
        looks.push((viewers, kib));
    }
    // Between the first look and the last: what the start left behind is in both.
    if let (Some((few, least)), Some((many, most))) = (looks.first(), looks.last())
        && few < many
    {
        let each = (f64::from(*most) - f64::from(*least)) / float(many - few);
        row.add("each", each, Unit::Kib);
    }
    target.process.kill().await?;
    Ok(row)
}

fn step_name(viewers: usize) -> &'static str {
    match viewers {
        1_000 => "1,000",
        10_000 => "10,000",
        19_000 => "19,000",
        _ => "held",
    }
}
