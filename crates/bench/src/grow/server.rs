//! One of the measured servers, with a sample for every question.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::questions::{By, Question, Samples};
use crate::company::log_in;
use crate::keep_alive::{KeepAlive, ask, request};
use crate::process::{self, Process};

/// The company's: a day is one of this zone.
const ZONE: &str = "Europe/Istanbul";

pub(super) struct Server {
    pub(super) process: Process,
    pub(super) started_in: Duration,
    pub(super) connection: KeepAlive,
    pub(super) tokens: [String; 3],
    pub(super) samples: Samples,
}

impl Server {
    pub(super) async fn start(seatwire: &Path, folder: TempDir) -> anyhow::Result<Self> {
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

    pub(super) fn request(&self, question: Question, path: &str) -> Vec<u8> {
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
