//! What a read costs on a full database, compared with a small one and with one that is nearly
//! empty.
//!
//! Three servers of the same binary on the same core, asked by turns. The nearly empty one has two
//! departures and two tickets, so that every question has an answer; but its lists have one entry
//! or none, and a list of twenty costs more because it is longer. So the full one is also asked for
//! as many entries as the nearly empty one has, or the small one, which has enough for nearly full
//! pages. What is left of a difference is the cost of the stored amount. The full one has what
//! [`crate::fill`] made. A `GET` of `/openapi.json` that is not tested fails the run: none may be
//! left out.

mod comparison;
mod paged;
mod questions;
mod server;

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::company::Company;
use crate::cores;
use crate::fill::fill;
use crate::keep_alive::{all, ask, request};
use comparison::{Limited, millis};
use questions::{NOT_ASKED, QUESTIONS};
use server::Server;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Plan {
    #[arg(long, default_value_t = 25_000)]
    departures: usize,
    #[arg(long, default_value_t = 1_000_000)]
    tickets: usize,
    /// A database that `bench fill` made, to be copied; one is filled when absent.
    #[arg(long)]
    filled: Option<PathBuf>,
}

/// What the small database has: enough for a full page of nearly every list.
const SMALL_DEPARTURES: usize = 200;
const SMALL_TICKETS: usize = 5_000;

/// Bookings on each server, in turns of this many on departures of their own.
const BOOKING_ROUNDS: usize = 4;
const BOOKINGS_EACH_ROUND: usize = 5_000;
const BOOKING_CLIENTS: usize = 64;
const SEATS: usize = 50;

pub(crate) async fn run(seatwire: &Path, quick: bool, plan: &Plan) -> anyhow::Result<String> {
    let (none, small, large) = (tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?);
    fill(&none.path().join("seatwire.db"), 2, 2).await?;
    fill(&small.path().join("seatwire.db"), SMALL_DEPARTURES, SMALL_TICKETS).await?;
    let path = large.path().join("seatwire.db");
    let (departures, tickets) = if quick { (40, 800) } else { (plan.departures, plan.tickets) };
    match &plan.filled {
        Some(filled) => drop(std::fs::copy(filled, &path)?),
        None => fill(&path, departures, tickets).await?,
    }
    cores::keep_on(cores::Side::Client)?;
    let mut servers = [
        Server::start(seatwire, none).await?,
        Server::start(seatwire, small).await?,
        Server::start(seatwire, large).await?,
    ];
    let document =
        ask(servers[0].process.port, &request("GET", "/openapi.json", None, None)).await?;
    ensure_all_are_asked(&document)?;
    let limited = Limited::of(&document);
    let mut table = comparison::table(&mut servers, &limited, quick).await?;
    let [empty, small, filled] = servers;
    small.process.kill().await?;
    table += &format!(
        "\nStart to the first line: {} on the empty database, {} on the filled one.\n",
        millis(empty.started_in),
        millis(filled.started_in)
    );
    table += &bookings(&empty, &filled, if quick { 1 } else { BOOKING_ROUNDS }).await?;
    empty.process.kill().await?;
    filled.process.kill().await?;
    Ok(table)
}

/// Fails when the program answers a `GET` that is not in the list.
fn ensure_all_are_asked(document: &Value) -> anyhow::Result<()> {
    let paths = document["paths"].as_object().context("no paths in /openapi.json")?;
    let gets = paths.iter().filter(|(_, methods)| !methods["get"].is_null());
    let is_asked = |path: &str| {
        NOT_ASKED.contains(&path) || QUESTIONS.iter().any(|(asked, ..)| *asked == path)
    };
    let missing: Vec<_> = gets.map(|(path, _)| path).filter(|path| !is_asked(path)).collect();
    ensure!(missing.is_empty(), "{missing:?} are not asked: add them to grow/questions.rs");
    Ok(())
}

/// Bookings a second on both, by turns.
async fn bookings(empty: &Server, filled: &Server, rounds: usize) -> anyhow::Result<String> {
    let departures = rounds * BOOKINGS_EACH_ROUND / SEATS;
    let mut sold = [Duration::ZERO; 2];
    let mut companies = Vec::new();
    for server in [empty, filled] {
        companies.push(Rc::new(Company::open(server.process.port, departures, SEATS).await?));
    }
    for round in 0..rounds {
        for (company, took) in companies.iter().zip(&mut sold) {
            let first = round * BOOKINGS_EACH_ROUND;
            let booking = Rc::clone(company);
            let request = move |index: usize| {
                let index = first + index;
                booking.booking(&booking.customer, index / SEATS, index % SEATS)
            };
            let start = Instant::now();
            all(&[company.port], BOOKING_CLIENTS, BOOKINGS_EACH_ROUND, request, |_, _, _| ())
                .await?;
            *took += start.elapsed();
        }
    }
    let total = crate::figure::float(rounds * BOOKINGS_EACH_ROUND);
    let [before, after] = sold.map(|took| total / took.as_secs_f64());
    Ok(format!(
        "Bookings: {before:.0}/s on the empty database, {after:.0}/s on the filled one: {:.2} of it.\n",
        after / before
    ))
}
