//! A busy evening: real bookings and cancellations at a steady pace, and how long after a commit
//! every viewer has the event ([`lateness`](crate::lateness)); beside it the floor
//! ([`selling_floor`](crate::selling_floor)), by the same client in the same run.

use std::path::Path;
use std::rc::Rc;

use crate::company::Company;
use crate::cores;
use crate::crowd::{self, AT_ONCE};
use crate::figure::{Row, Unit, at, float};
use crate::lateness::{Lateness, Watching};
use crate::process::{self, Process};
use crate::trading::Trading;
use crate::which::Which;

pub(crate) struct Plan {
    pub(crate) viewers: usize,
    pub(crate) routes: usize,
    pub(crate) events_per_second: usize,
    pub(crate) seconds: usize,
}

const SEATS: usize = 40;

/// `which`: the floor or Seatwire.
pub(crate) async fn run(which: Which, seatwire: &Path, plan: &Plan) -> anyhow::Result<Row> {
    let (server, company) = if which == Which::Floor {
        let mut command = process::command(std::env::current_exe()?);
        command.arg("selling-floor");
        let server = Process::start(command).await?;
        let company = Company::on_a_floor(server.port, plan.routes, SEATS);
        (server, company)
    } else {
        let server = Process::start(process::seatwire(seatwire, 0)?).await?;
        let company = Company::open(server.port, plan.routes, SEATS).await?;
        (server, company)
    };
    let company = Rc::new(company);
    let lateness = Rc::new(Lateness::new()?);
    let watching = Rc::clone(&lateness);
    let sight = move |_| Watching(Rc::clone(&watching));
    crowd::gather(server.port, 0..plan.viewers, AT_ONCE, &company.routes, sight).await?;

    let mut trading = Trading::new(&company, SEATS, plan.events_per_second);
    let (server_used, client_used) = (cores::used(server.pid)?, cores::used(std::process::id())?);
    let traded = trading.trade(plan.events_per_second * plan.seconds).await?;
    let server_used = cores::used(server.pid)? - server_used;
    let client_used = cores::used(std::process::id())? - client_used;

    let viewers_of = |route: usize| (plan.viewers + plan.routes - 1 - route) / plan.routes;
    let each = traded.events.iter().enumerate().map(|(route, events)| events * viewers_of(route));
    let expected = each.sum();
    let times = lateness.take(expected).await?;
    let rss = server.rss_kib()?;
    server.kill().await?;

    let lasted = traded.lasted;
    let mut row = Row::new("steady", which.name());
    let events = float(traded.events.iter().sum());
    row.add("events", events / lasted.as_secs_f64(), Unit::PerSecond);
    row.add("deliveries", float(expected) / lasted.as_secs_f64(), Unit::PerSecond);
    row.time("p50 at most", times.at_most(0.5));
    row.time("p99 at most", times.at_most(0.99));
    row.time("max at most", times.at_most(1.0));
    let least = times.after_answers(&traded.answered);
    row.time("p50 at least", at(&least, 0.5));
    row.time("p99 at least", at(&least, 0.99));
    row.time("max at least", at(&least, 1.0));
    row.memory("memory", rss);
    row.add("server's core", cores::percent(server_used, lasted), Unit::Percent);
    row.add("client's core", cores::percent(client_used, lasted), Unit::Percent);
    Ok(row)
}
