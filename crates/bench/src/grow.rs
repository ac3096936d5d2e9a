//! What a read costs on a full database, beside the same read on a small one and on one that is nearly
//! empty.
//!
//! Three servers of the same binary on the same core, asked by turns. The nearly empty one has two
//! departures and two tickets, so that everything that can be asked for exists; but its lists have one
//! entry or none, and a list of twenty costs more than that because it says more. So the small one has
//! enough for full pages: against it is shown what comes of how much is stored. The full one has what
//! [`crate::fill`] made. A `GET` of `/openapi.json` that is not asked fails the run: none may be left
//! out.

mod comparison;
mod questions;

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::company::{Company, log_in};
use crate::cores;
use crate::fill::fill;
use crate::keep_alive::{KeepAlive, all, ask, request};
use crate::process::{self, Process};
use questions::{By, QUESTIONS, Question, STREAMS, Samples};

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

/// The company's: a day is one of this zone.
const ZONE: &str = "Europe/Istanbul";

/// Bookings on each server, in turns of so many on departures of their own.
const BOOKING_ROUNDS: usize = 4;
const BOOKINGS_EACH_ROUND: usize = 5_000;
const BOOKING_CLIENTS: usize = 64;
const SEATS: usize = 50;

struct Server {
    process: Process,
    started_in: Duration,
    connection: KeepAlive,
    tokens: [String; 3],
    samples: Samples,
}

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
    ensure_all_are_asked(&servers[0]).await?;
    let mut table = comparison::table(&mut servers, quick).await?;
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

impl Server {
    async fn start(seatwire: &Path, folder: TempDir) -> anyhow::Result<Self> {
        let mut command = process::seatwire(seatwire, 0)?;
        command.env("SEATWIRE_DEMO", "false").args(["--database", "sqlite://seatwire.db"]);
        let start = Instant::now();
        let process = Process::start_in(command, Rc::new(folder)).await?;
        let started_in = start.elapsed();
        let port = process.port;
        let tokens = [
            log_in(port, "customer@seatwire.example", "customer-demo-1").await?,
            log_in(port, "agent@seatwire.example", "agent-demo-1").await?,
            log_in(port, "admin@seatwire.example", "admin-demo-1").await?,
        ];
        let get = |path: &'static str, token: &str| {
            let request = request("GET", path, Some(token), None);
            async move { ask(port, &request).await }
        };
        let tickets = get("/tickets?limit=1", &tokens[2]).await?;
        let ticket = tickets.get(0).context("no ticket")?.clone();
        let upcoming = get("/routes/upcoming?days=90&limit=1", &tokens[2]).await?;
        let route = upcoming.get(0).context("no departure")?.clone();
        let user = get("/auth/me", &tokens[0]).await?;
        let post = |path: String, token: &str, body: Value| {
            let request = request("POST", &path, Some(token), Some(&body));
            async move { ask(port, &request).await }
        };
        let layout = json!({
            "name": "Bench", "rowCount": 1, "colCount": 1,
            "seats": [{"seatNo": 1, "x": 0, "y": 0, "type": "SEAT"}],
        });
        let layout = post("/seat-layouts".to_owned(), &tokens[2], layout).await?;
        let id = route["id"].as_str().context("a departure without an id")?;
        let seats = format!("/tickets/available-seats/{id}");
        let free = ask(port, &request("GET", &seats, None, None)).await?;
        let (held, blocked) = (free[0].clone(), free[1].clone());
        let block = json!({"seatNumbers": [blocked], "reason": "bench"});
        post(format!("/routes/{id}/blocks"), &tokens[2], block).await?;
        let hold = json!({
            "routeId": id, "fromCity": route["fromCity"], "toCity": route["toCity"],
            "seatNumbers": [held],
        });
        let hold = post("/holds".to_owned(), &tokens[0], hold).await?;
        let day = day_of_a_bus(port).await?;
        let stations = ask(port, &request("GET", "/stations?limit=1", None, None)).await?;
        let station = stations.get(0).context("no station")?.clone();
        let samples = Samples { route, ticket, user, layout, hold, station, day };
        let connection = KeepAlive::connect(port).await?;
        Ok(Self { process, started_in, connection, tokens, samples })
    }

    fn request(&self, question: Question, path: &str) -> Vec<u8> {
        let [customer, agent, admin] = &self.tokens;
        let token = match question.2 {
            By::Anybody => None,
            By::Customer => Some(customer.as_str()),
            By::Agent => Some(agent.as_str()),
            By::Admin => Some(admin.as_str()),
        };
        request("GET", path, token, None)
    }
}

/// Fails when the program answers a `GET` that is not in the list.
async fn ensure_all_are_asked(server: &Server) -> anyhow::Result<()> {
    let document = ask(server.process.port, &request("GET", "/openapi.json", None, None)).await?;
    let paths = document["paths"].as_object().context("no paths in /openapi.json")?;
    let gets = paths.iter().filter(|(_, methods)| !methods["get"].is_null());
    let is_asked =
        |path: &str| STREAMS.contains(&path) || QUESTIONS.iter().any(|(asked, ..)| *asked == path);
    let missing: Vec<_> = gets.map(|(path, _)| path).filter(|path| !is_asked(path)).collect();
    ensure!(missing.is_empty(), "nobody asks {missing:?}: add them to grow/questions.rs");
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

fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1_000.0)
}

/// The first day in this zone on which a bus leaves between the two busiest cities.
async fn day_of_a_bus(port: u16) -> anyhow::Result<String> {
    let path = "/routes/upcoming?fromCity=istanbul&toCity=ankara&days=90&limit=1";
    let upcoming = ask(port, &request("GET", path, None, None)).await?;
    let departure = upcoming[0]["departureTime"].as_str();
    let day: jiff::Timestamp = match departure {
        Some(time) => time.parse()?,
        None => in_two_days(),
    };
    Ok(day.to_zoned(jiff::tz::TimeZone::get(ZONE)?).date().to_string())
}

#[expect(clippy::disallowed_methods, reason = "the load generator has a clock of its own")]
fn in_two_days() -> jiff::Timestamp {
    jiff::Timestamp::now() + SignedDuration::from_hours(48)
}
