//! Durable bookings: `POST /tickets` of distinct seats by many keep-alive clients, beside what the
//! bare database does in the same run.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::bare_sqlite::{self, Log};
use crate::company::Company;
use crate::cores;
use crate::figure::{Row, Unit, at, float};
use crate::keep_alive;
use crate::process::{self, Process};

pub(crate) struct Plan {
    pub(crate) bookings: usize,
    pub(crate) clients: usize,
}

/// Seats of the bench's bus: an ordinary one, as its layout is in every answer.
const SEATS: usize = 50;

pub(crate) async fn run(seatwire: &Path, plan: &Plan) -> anyhow::Result<Vec<Row>> {
    let routes = plan.bookings.div_ceil(SEATS);
    let server = Process::start(process::seatwire(seatwire, 0)?).await?;
    let company = Rc::new(Company::open(server.port, routes, SEATS).await?);

    // Before and after, in case that the machine becomes slower or faster meanwhile.
    let bare = |log| -> anyhow::Result<Duration> {
        let folder = tempfile::tempdir()?;
        bare_sqlite::book(folder.path(), log, plan.bookings, routes)
    };
    let before = [bare(Log::AsItComes)?, bare(Log::Long)?];

    let took = Rc::new(RefCell::new(Vec::with_capacity(plan.bookings)));
    let (all_took, booking) = (Rc::clone(&took), Rc::clone(&company));
    let request =
        move |index: usize| booking.booking(&booking.customer, index % routes, index / routes);
    let answered = move |_, _: &[u8], time: Duration| all_took.borrow_mut().push(time);
    let (server_used, client_used) = (cores::used(server.pid)?, cores::used(std::process::id())?);
    let start = Instant::now();
    keep_alive::all(server.port, plan.clients, plan.bookings, request, answered).await?;
    let lasted = start.elapsed();
    let server_used = cores::used(server.pid)? - server_used;
    let client_used = cores::used(std::process::id())? - client_used;

    let heads: u64 = company.heads().await?.iter().sum();
    anyhow::ensure!(heads == u64::try_from(plan.bookings)?, "{heads} events of {}", plan.bookings);
    server.kill().await?;
    let after = [bare(Log::AsItComes)?, bare(Log::Long)?];

    let per_second = |time: Duration| float(plan.bookings) / time.as_secs_f64();
    let [bare, bare_long] = [0, 1].map(|which| per_second((before[which] + after[which]) / 2));
    let mut took = took.take();
    took.sort_unstable();
    let mut bare_row = Row::new("book", "bare SQLite");
    bare_row.add("bookings", bare, Unit::PerSecond);
    let mut long_row = Row::new("book", "bare SQLite, long log");
    long_row.add("bookings", bare_long, Unit::PerSecond);
    long_row.add("of bare SQLite", bare_long / bare, Unit::Times);
    let mut row = Row::new("book", "Seatwire");
    row.add("bookings", per_second(lasted), Unit::PerSecond);
    row.add("of bare SQLite", per_second(lasted) / bare, Unit::Times);
    row.time("median", at(&took, 0.5));
    row.time("p99", at(&took, 0.99));
    row.time("max", at(&took, 1.0));
    row.add("server's core", cores::percent(server_used, lasted), Unit::Percent);
    row.add("client's core", cores::percent(client_used, lasted), Unit::Percent);
    Ok(vec![bare_row, long_row, row])
}
