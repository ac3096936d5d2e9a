//! The bus company of a run: who works there, and its departures.

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::http::{Ask, ask};
use super::world::Route;
use crate::keep_alive::KeepAlive;

pub(crate) const ADMIN_EMAIL: &str = "admin@chaos.example";
pub(crate) const ADMIN_PASSWORD: &str = "admin-of-chaos-1";

const STOPS: [&str; 6] = ["Istanbul", "Izmit", "Bolu", "Ankara", "Aksaray", "Konya"];
const SEATS: usize = 100;
const CUSTOMERS: usize = 6;
const AGENTS: usize = 3;
const DAYS_AHEAD: i64 = 20;

/// The tokens of all accounts.
pub(crate) struct Company {
    pub(crate) admin: String,
    pub(crate) agents: Vec<String>,
    pub(crate) customers: Vec<String>,
    pub(crate) routes: Vec<Route>,
}

impl Company {
    pub(crate) async fn open(port: u16, routes: usize) -> anyhow::Result<Self> {
        let admin = json!({ "email": ADMIN_EMAIL, "password": ADMIN_PASSWORD });
        let admin = text(&post(port, "/auth/login", None, admin).await?, "token")?;
        let mut agents = Vec::new();
        for index in 0..AGENTS {
            agents.push(register(port, &format!("agent-{index}"), Some(&admin)).await?);
        }
        let mut customers = Vec::new();
        for index in 0..CUSTOMERS {
            customers.push(register(port, &format!("customer-{index}"), None).await?);
        }
        let day = first_departure();
        let mut connection = KeepAlive::connect(port).await?;
        let mut open = Vec::new();
        for index in 0..routes {
            // A bus of its own: they all leave at about the same time.
            let bus = json!({
                "plate": format!("34 KAOS {index:02}"), "model": "Chaos", "seatCount": SEATS
            });
            let bus = text(&post(port, "/buses", Some(&admin), bus).await?, "id")?;
            let body = Some(departure(&bus, day, i64::try_from(index)?));
            let token = Some(admin.clone());
            let ask = Ask {
                method: "POST",
                path: "/routes".to_owned(),
                token,
                body,
                key: None,
                from: None,
            };
            let route = ask.over(&mut connection).await?;
            let id = text(&route.body, "id").with_context(|| route.body.to_string())?;
            let stops = STOPS.map(str::to_owned).to_vec();
            open.push(Route { id, stops, seats: SEATS });
        }
        Ok(Self { admin, agents, customers, routes: open })
    }
}

async fn post(port: u16, path: &str, token: Option<&str>, body: Value) -> anyhow::Result<Value> {
    let token = token.map(str::to_owned);
    let question = Ask {
        method: "POST",
        path: path.to_owned(),
        token,
        body: Some(body),
        key: None,
        from: None,
    };
    Ok(ask(port, &question).await?.body)
}

/// An agent if an admin makes it one, otherwise a customer; returns the token.
async fn register(port: u16, name: &str, admin: Option<&str>) -> anyhow::Result<String> {
    let mut body = json!({
        "email": format!("{name}@chaos.example"), "password": "long-enough-for-chaos-1",
        "firstName": "Deniz", "lastName": "Yolcu", "phone": "5551234567",
    });
    if admin.is_some() {
        body["role"] = json!("AGENT");
    }
    text(&post(port, "/auth/register", admin, body).await?, "token")
}

pub(crate) fn text(value: &Value, name: &str) -> anyhow::Result<String> {
    let text = value.get(name).and_then(Value::as_str);
    Ok(text.with_context(|| format!("no {name} in {value}"))?.to_owned())
}

#[expect(clippy::disallowed_methods, reason = "the load generator has a clock of its own")]
fn first_departure() -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(24 * DAYS_AHEAD)
}

fn departure(bus_id: &str, day: Timestamp, index: i64) -> Value {
    // Every second one leaves a day later: passengers of the others can return with it.
    let start =
        day + SignedDuration::from_mins(index) + SignedDuration::from_hours(24 * (index % 2));
    let time = |hours: i64| format!("{:.3}", start + SignedDuration::from_hours(hours));
    let [from, between @ .., to] = STOPS;
    let stations: Vec<_> = (1..)
        .zip(between)
        .map(|(hours, station)| json!({ "station": station, "time": time(hours) }))
        .collect();
    json!({
        "busId": bus_id, "fromCity": from, "toCity": to, "stations": stations,
        "departureTime": time(0), "arrivalTime": time(9), "price": 450,
    })
}
