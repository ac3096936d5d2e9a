//! `POST /bookings` of several passengers each, compared with those of one and with the bare
//! database.

use std::path::Path;
use std::rc::Rc;

use anyhow::ensure;

use super::bare::Bare;
use super::made::Made;
use super::{Plan, SEATS, database_of};
use crate::bare_sqlite::{self, Written};
use crate::company::Company;
use crate::figure::{Row, Unit, float};
use crate::process::{self, Process};

/// Passengers who travel together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub(crate) size: usize,
    /// The server chooses their seats.
    pub(crate) choose: bool,
}

/// Turns of groups, each after one of single passengers: the machine may become slower meanwhile.
const TURNS: usize = 4;

pub(crate) async fn run(seatwire: &Path, plan: Plan, group: Group) -> anyhow::Result<Vec<Row>> {
    // Half of the tickets are theirs.
    let each_turn = (plan.bookings / 2 / group.size / TURNS).max(1);
    let bookings = each_turn * TURNS;
    let of_groups = bookings.div_ceil(SEATS / group.size);
    let of_singles = bookings.div_ceil(SEATS);
    let bare_plan = bare_sqlite::Plan { bookings, routes: of_groups, tickets: group.size };
    let mut bare = Bare::measure(bare_plan)?;
    let server = Process::start(process::seatwire(seatwire, 0)?).await?;
    let company = Rc::new(Company::open(server.port, of_groups + of_singles, SEATS).await?);
    let (mut singles, mut groups) = (Made::default(), Made::default());
    for turn in 0..TURNS {
        let first = turn * each_turn;
        let seller = Rc::clone(&company);
        let single = move |index: usize| {
            let (route, seat) = ((first + index) % of_singles, (first + index) / of_singles);
            let seat = (!group.choose).then_some(seat);
            seller.group(&seller.customer, of_groups + route, 1, seat)
        };
        singles.add(Made::measure(&[&server], each_turn, plan.clients, single).await?);
        let before = Written::in_file(&database_of(&server))?;
        let seller = Rc::clone(&company);
        let several = move |index: usize| {
            let (route, place) = ((first + index) % of_groups, (first + index) / of_groups);
            let seat = (!group.choose).then_some(place * group.size);
            seller.group(&seller.customer, route, group.size, seat)
        };
        groups.add(Made::measure(&[&server], each_turn, plan.clients, several).await?);
        if turn == 0 {
            bare.must_be_as(Written::in_file(&database_of(&server))?.since(&before), each_turn)?;
        }
    }
    let (events, sold): (u64, _) =
        (company.heads().await?.iter().sum(), bookings * (1 + group.size));
    ensure!(events == u64::try_from(sold)?, "{events} events of {sold}");
    server.kill().await?;
    bare.add(Bare::measure(bare_plan)?);

    const COMMAND: &str = "book groups";
    let mut rows = bare.rows(COMMAND);
    let mut single_row = Row::new(COMMAND, "Seatwire, one passenger");
    single_row.add("bookings", singles.rate(), Unit::PerSecond);
    let mut row = Row::new(COMMAND, "Seatwire");
    row.count("passengers", group.size);
    row.add("bookings", groups.rate(), Unit::PerSecond);
    row.add("of bare SQLite", groups.rate() / bare.rate(), Unit::Times);
    row.add("tickets", groups.rate() * float(group.size), Unit::PerSecond);
    row.add("cost of one passenger's", singles.rate() / groups.rate(), Unit::Times);
    singles.tell(&mut single_row);
    groups.tell(&mut row);
    rows.extend([single_row, row]);
    Ok(rows)
}
