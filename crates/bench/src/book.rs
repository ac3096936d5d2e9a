//! Durable bookings: `POST /tickets` of distinct seats by many keep-alive clients, compared with
//! the bare database in the same run.

mod bare;
pub(crate) mod groups;
pub(crate) mod made;

use std::path::Path;
use std::rc::Rc;

use anyhow::ensure;

use crate::bare_sqlite::{self, Written};
use crate::company::Company;
use crate::figure::{Row, Unit};
use crate::process::{self, Process};
use bare::Bare;
use made::Made;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) bookings: usize,
    pub(crate) clients: usize,
}

/// Seats of the bench's bus: an ordinary one, as its layout is in every answer.
const SEATS: usize = 50;

pub(crate) async fn run(seatwire: &Path, plan: Plan) -> anyhow::Result<Vec<Row>> {
    let Plan { bookings, clients } = plan;
    let routes = bookings.div_ceil(SEATS);
    let bare_plan = bare_sqlite::Plan { bookings, routes, tickets: 1 };
    // Before and after, in case the machine becomes slower or faster meanwhile.
    let mut bare = Bare::measure(bare_plan)?;
    let server = Process::start(process::seatwire(seatwire, 0)?).await?;
    let company = Rc::new(Company::open(server.port, routes, SEATS).await?);
    let before = Written::in_file(&database_of(&server))?;
    let booking = Rc::clone(&company);
    let request =
        move |index: usize| booking.booking(&booking.customer, index % routes, index / routes);
    let made = Made::measure(&[&server], bookings, clients, request).await?;
    let heads: u64 = company.heads().await?.iter().sum();
    ensure!(heads == u64::try_from(bookings)?, "{heads} events of {bookings}");
    bare.must_be_as(Written::in_file(&database_of(&server))?.since(&before), bookings)?;
    server.kill().await?;
    bare.add(Bare::measure(bare_plan)?);

    let mut rows = bare.rows("book");
    let mut row = Row::new("book", "Seatwire");
    row.add("bookings", made.rate(), Unit::PerSecond);
    row.add("of bare SQLite", made.rate() / bare.rate(), Unit::Times);
    made.tell(&mut row);
    rows.push(row);
    Ok(rows)
}

/// The server's database, in the folder where it was started.
fn database_of(server: &Process) -> std::path::PathBuf {
    server.folder().path().join("data/seatwire.db")
}
