//! What it costs to hold viewers: memory of the whole server at growing numbers of them.

use std::path::Path;
use std::rc::Rc;

use crate::crowd::{self, AT_ONCE, Arrivals, Counted};
use crate::door::{Certificate, Door};
use crate::figure::{Row, Unit, float};
use crate::process::{self, Process, SETTLE};
use crate::target::Target;
use crate::which::Which;

pub(crate) struct Plan {
    /// How many viewers there are at each look, rising.
    pub(crate) steps: Vec<usize>,
}

/// Ways to connect besides the plain WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Over {
    /// A WebSocket over TLS.
    Tls,
    /// A stream of Server-Sent Events.
    Sse,
    /// Socket.IO's long polling, with a poll pending.
    Polling,
}

impl Over {
    pub(crate) const ALL: [Self; 3] = [Self::Tls, Self::Sse, Self::Polling];

    pub(crate) fn command(self) -> &'static str {
        match self {
            Self::Tls => "viewers tls",
            Self::Sse => "viewers sse",
            Self::Polling => "viewers polling",
        }
    }
}

pub(crate) async fn run(target: Target, plan: &Plan) -> anyhow::Result<Row> {
    let row = Row::new("viewers", target.which.name());
    let door = target.process.port.into();
    hold(target.process, &door, &target.rooms, plan, row).await
}

pub(crate) async fn run_over(over: Over, seatwire: &Path, plan: &Plan) -> anyhow::Result<Row> {
    let target = Target::start(Which::Seatwire, seatwire, 1).await?;
    let port = target.process.port;
    let (server, door, rooms) = match over {
        Over::Sse => (target.process, Door::sse(port), target.rooms),
        Over::Polling => (target.process, Door::polling(port), target.rooms),
        Over::Tls => behind_tls(target, seatwire).await?,
    };
    hold(server, &door, &rooms, plan, Row::new(over.command(), Which::Seatwire.name())).await
}

/// The departure to watch is made before, by a server without TLS on the same database: the code
/// that makes it has no TLS.
async fn behind_tls(
    before: Target,
    seatwire: &Path,
) -> anyhow::Result<(Process, Door, Vec<String>)> {
    let folder = before.process.folder();
    before.process.kill().await?;
    let certificate = Certificate::make(folder.path())?;
    let mut command = process::seatwire(seatwire, 0)?;
    command.env("SEATWIRE_TLS_CERT", &certificate.chain);
    command.env("SEATWIRE_TLS_KEY", &certificate.key);
    let server = Process::start_in(command, folder).await?;
    let door = certificate.door(server.port);
    Ok((server, door, before.rooms))
}

async fn hold(
    server: Process,
    door: &Door,
    rooms: &[String],
    plan: &Plan,
    mut row: Row,
) -> anyhow::Result<Row> {
    let arrivals = Rc::new(Arrivals::default());
    tokio::time::sleep(SETTLE).await;
    row.memory("none", server.rss_kib()?);
    let mut held = 0;
    let mut looks = Vec::new();
    for &viewers in &plan.steps {
        let arrivals = Rc::clone(&arrivals);
        let sight = move |_| Counted(Rc::clone(&arrivals));
        crowd::gather(door.clone(), held..viewers, AT_ONCE, rooms, sight).await?;
        held = viewers;
        tokio::time::sleep(SETTLE).await;
        let kib = server.rss_kib()?;
        row.memory(step_name(viewers), kib);
        looks.push((viewers, kib));
    }
    // Between the first look and the last: memory from the start is in both.
    if let (Some((few, least)), Some((many, most))) = (looks.first(), looks.last())
        && few < many
    {
        let each = (f64::from(*most) - f64::from(*least)) / float(many - few);
        row.add("each", each, Unit::Kib);
    }
    server.kill().await?;
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
