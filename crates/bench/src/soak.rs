//! A long mixed day in bounded time: viewers who stay, viewers who come and go, sales all the while,
//! and memory at the start and at the end.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::company::Company;
use crate::crowd::{self, AT_ONCE, Arrivals, Counted};
use crate::figure::{Row, Unit};
use crate::process::{self, Process};
use crate::sellers::Sellers;

pub(crate) struct Plan {
    pub(crate) staying: usize,
    /// Connects, each followed by its disconnect, spread over the time.
    pub(crate) visits: usize,
    pub(crate) time: Duration,
}

const ROUTES: usize = 50;
const SEATS: usize = 40;
const CLERKS: usize = 8;
const SALE_PERIOD: Duration = Duration::from_millis(40);

/// Sales before the first look and after the last visit, so that both looks see the same work.
const SETTLE: Duration = Duration::from_secs(3);

pub(crate) async fn run(seatwire: &Path, plan: &Plan) -> anyhow::Result<Row> {
    let server = Process::start(process::seatwire(seatwire, 0)?).await?;
    let company = Rc::new(Company::open(server.port, ROUTES, SEATS).await?);
    let arrivals = Rc::new(Arrivals::default());
    let counting = move || {
        let arrivals = Rc::clone(&arrivals);
        move |_| Counted(Rc::clone(&arrivals))
    };
    let staying = 0..plan.staying;
    crowd::gather(server.port, staying, AT_ONCE, &company.routes, counting()).await?;
    let sellers = Sellers::start(&company, CLERKS, SALE_PERIOD);
    // The first visitors make the room that the later ones need again.
    let visits = (plan.staying, plan.visits.div_ceil(10));
    visit(server.port, visits, Duration::ZERO, &company, &counting).await?;
    tokio::time::sleep(SETTLE.min(plan.time)).await;
    let start = server.rss_kib()?;
    let visits = (plan.staying + visits.1, plan.visits);
    visit(server.port, visits, plan.time, &company, &counting).await?;
    tokio::time::sleep(SETTLE.min(plan.time)).await;
    let end = server.rss_kib()?;
    let sold = sellers.sold();
    sellers.stop().await;
    server.kill().await?;

    let mut row = Row::new("soak", "Seatwire");
    row.memory("start", start);
    row.memory("end", end);
    row.add("end / start", f64::from(end) / f64::from(start), Unit::Times);
    row.count("visits", plan.visits);
    row.count("sales", sold);
    Ok(row)
}

/// Lets as many come and leave again, numbered from `first`, in groups at an even pace.
async fn visit<W: crate::viewer::Sight + 'static, F: Fn(usize) -> W + 'static>(
    port: u16,
    (first, visits): (usize, usize),
    time: Duration,
    company: &Company,
    sight: &impl Fn() -> F,
) -> anyhow::Result<()> {
    let start = Instant::now();
    let mut done = 0;
    while done < visits {
        let group = AT_ONCE.min(visits - done);
        let visitors = first + done..first + done + group;
        crowd::gather(port, visitors, AT_ONCE, &company.routes, sight()).await?.leave();
        done += group;
        let due = time.mul_f64(crate::figure::float(done) / crate::figure::float(visits));
        tokio::time::sleep(due.saturating_sub(start.elapsed())).await;
    }
    Ok(())
}
