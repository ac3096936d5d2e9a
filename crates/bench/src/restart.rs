//! The server is killed under all its viewers while bookings go on, and started again on the same
//! port and database: how long until all viewers are connected again and up to date, and what was
//! missed.
//!
//! A viewer connects again by itself ([`followers`](crate::followers)). It counts as up to date
//! when it has its route's head of the moment when the server listened again. At the end sales
//! stop, and every viewer must have its route's last event.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::company::Company;
use crate::figure::Row;
use crate::followers::{Followers, Following};
use crate::process::{self, Process};
use crate::sellers::Sellers;

pub(crate) struct Plan {
    pub(crate) viewers: usize,
    pub(crate) routes: usize,
    /// How long sales go on before the server is killed, and after all are back.
    pub(crate) calm: Duration,
}

const SEATS: usize = 40;
const CLERKS: usize = 8;
const SALE_PERIOD: Duration = Duration::from_millis(40);

pub(crate) async fn run(seatwire: &Path, plan: &Plan) -> anyhow::Result<Row> {
    let server = Process::start(process::seatwire(seatwire, 0)?).await?;
    let (port, folder) = (server.port, server.folder());
    let company = Rc::new(Company::open(port, plan.routes, SEATS).await?);
    let crowd = Followers::new(port, &company.routes, plan.viewers);
    let mut watching = JoinSet::new();
    for index in 0..plan.viewers {
        let mut following = Following { index, followers: Rc::clone(&crowd) };
        watching.spawn_local(async move {
            Rc::clone(&following.followers).come_back(index, &mut following).await;
        });
    }
    let nothing = vec![0; plan.routes];
    crowd.wait_until(|crowd| crowd.is_back(&nothing)).await?;
    let sellers = Sellers::start(&company, CLERKS, SALE_PERIOD);
    tokio::time::sleep(plan.calm).await;

    let killed = Instant::now();
    server.kill().await?;
    let server = Process::start_in(process::seatwire(seatwire, port)?, folder).await?;
    let listening = killed.elapsed();
    let heads = company.heads().await?;
    crowd.wait_until(|crowd| crowd.is_back(&heads)).await?;
    let all_back = killed.elapsed();

    tokio::time::sleep(plan.calm).await;
    let sold = sellers.sold();
    sellers.stop().await;
    let heads = company.heads().await?;
    crowd.wait_until(|crowd| crowd.is_at(&heads)).await?;
    watching.abort_all();
    server.kill().await?;

    let mut row = Row::new("restart", "Seatwire");
    row.time("listening again", listening);
    row.time("all back", all_back);
    row.count("missed", crowd.missed.get());
    row.count("doubled", crowd.doubled.get());
    row.count("snapshots", crowd.snapshots.get());
    row.count("tries to come back", crowd.attempts.get() - plan.viewers);
    row.count("sales", sold);
    Ok(row)
}
