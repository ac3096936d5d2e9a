//! The bench's own company on a running Seatwire: some buses, the departures of a run, and the
//! requests that sell their seats.
//!
//! The demo's departures are too few for some runs, and their number depends on the hour.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::{Context as _, ensure};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::json::text_behind;
use crate::keep_alive::{all, ask, request};

/// Stops of every departure, so each has three legs.
const STOPS: [&str; 4] = ["Istanbul", "Izmit", "Bolu", "Ankara"];
pub(crate) const LEGS: usize = STOPS.len() - 1;

/// Connections that create the departures.
const CLERKS: usize = 16;

/// The departures are divided among these, so that no bus is on two at once.
const BUSES: usize = 16;

/// From the first stop to the last. The bus's next departure leaves as this one arrives.
const JOURNEY_HOURS: i64 = 6;

pub(crate) struct Company {
    pub(crate) port: u16,
    pub(crate) customer: String,
    pub(crate) agent: String,
    pub(crate) routes: Vec<String>,
    pub(crate) seats: usize,
}

impl Company {
    /// `seats`: of every bus, 1 to 100.
    pub(crate) async fn open(port: u16, routes: usize, seats: usize) -> anyhow::Result<Self> {
        let admin = log_in(port, "admin@seatwire.example", "admin-demo-1").await?;
        let agent = log_in(port, "agent@seatwire.example", "agent-demo-1").await?;
        let customer = log_in(port, "customer@seatwire.example", "customer-demo-1").await?;
        let mut buses = Vec::new();
        for number in 0..routes.clamp(1, BUSES) {
            let plate = format!("34 BNC {number:02}");
            let bus = json!({"plate": plate, "model": "Bench", "seatCount": seats});
            let bus = ask(port, &request("POST", "/buses", Some(&admin), Some(&bus))).await?;
            buses.push(text(&bus["id"]));
        }
        let day = departure_day();
        let ids = Rc::new(RefCell::new(vec![String::new(); routes]));
        let answers = Rc::clone(&ids);
        let describe = move |index: usize| {
            let bus_id = buses.get(index % BUSES).map_or("", String::as_str);
            let route = departure(bus_id, day, index);
            request("POST", "/routes", Some(&admin), Some(&route))
        };
        let remember = move |index: usize, body: &[u8], _| {
            if let Some(id) = answers.borrow_mut().get_mut(index) {
                text_behind(body, br#""id":""#).unwrap_or_default().clone_into(id);
            }
        };
        all(&[port], CLERKS, routes, describe, remember).await?;
        let routes = ids.take();
        ensure!(routes.iter().all(|id| !id.is_empty()), "a departure has no id");
        Ok(Self { port, customer, agent, routes, seats })
    }

    /// Departures that the floor of `steady` takes as they come: it knows no accounts and no buses.
    pub(crate) fn on_a_floor(port: u16, routes: usize, seats: usize) -> Self {
        let route = |number| format!("00000000-0000-7000-8000-{number:012x}");
        let (customer, agent) = (String::new(), String::new());
        Self { port, customer, agent, routes: (0..routes).map(route).collect(), seats }
    }

    /// Some of its departures.
    pub(crate) fn only(&self, routes: std::ops::Range<usize>) -> Self {
        Self {
            port: self.port,
            customer: self.customer.clone(),
            agent: self.agent.clone(),
            routes: self.routes.get(routes).unwrap_or_default().to_vec(),
            seats: self.seats,
        }
    }

    /// The request for a seat on the whole way, by this caller.
    pub(crate) fn booking(&self, token: &str, route: usize, seat: usize) -> Vec<u8> {
        self.segment(token, route, seat, 0, LEGS)
    }

    /// The request for one leg of a seat, by this caller.
    pub(crate) fn leg(&self, token: &str, route: usize, seat: usize, leg: usize) -> Vec<u8> {
        self.segment(token, route, seat, leg, leg + 1)
    }

    fn segment(&self, token: &str, route: usize, seat: usize, from: usize, to: usize) -> Vec<u8> {
        let body = json!({
            "routeId": self.routes.get(route), "fromCity": STOPS.get(from), "toCity": STOPS.get(to),
            "seatNumber": seat + 1, "gender": "OTHER",
            "userPhoneNumber": "5321234567", "passengerName": "A Passenger",
        });
        request("POST", "/tickets", Some(token), Some(&body))
    }

    /// The request for neighbouring seats on the whole way: those from a given seat on, or those
    /// that the server chooses.
    pub(crate) fn group(
        &self,
        token: &str,
        route: usize,
        size: usize,
        first: Option<usize>,
    ) -> Vec<u8> {
        let passenger = |index: usize| {
            let mut passenger = json!({"gender": "OTHER", "passengerName": "A Passenger"});
            if let Some(first) = first {
                passenger["seatNumber"] = json!(first + index + 1);
            }
            passenger
        };
        let passengers: Vec<Value> = (0..size).map(passenger).collect();
        let journey = json!({
            "routeId": self.routes.get(route), "fromCity": STOPS[0], "toCity": STOPS[LEGS],
            "passengers": passengers,
        });
        let body = json!({"journeys": [journey], "contact": {"phone": "5321234567"}});
        request("POST", "/bookings", Some(token), Some(&body))
    }

    pub(crate) fn cancellation(&self, token: &str, ticket_id: &str) -> Vec<u8> {
        request("PATCH", &format!("/tickets/{ticket_id}/cancel"), Some(token), None)
    }

    /// The number of the newest event of every departure.
    pub(crate) async fn heads(&self) -> anyhow::Result<Vec<u64>> {
        let heads = Rc::new(RefCell::new(vec![0; self.routes.len()]));
        let routes = self.routes.clone();
        let answers = Rc::clone(&heads);
        let show = move |index: usize| {
            let id = routes.get(index).map_or("", String::as_str);
            request("GET", &format!("/routes/{id}"), None, None)
        };
        let note = move |index: usize, body: &[u8], _| {
            let route: Value = serde_json::from_slice(body).unwrap_or_default();
            if let Some(head) = answers.borrow_mut().get_mut(index) {
                *head = route["seq"].as_u64().unwrap_or_default();
            }
        };
        all(&[self.port], CLERKS, self.routes.len(), show, note).await?;
        Ok(heads.take())
    }
}

pub(crate) async fn log_in(port: u16, email: &str, password: &str) -> anyhow::Result<String> {
    let body = json!({"email": email, "password": password});
    let session = ask(port, &request("POST", "/auth/login", None, Some(&body))).await;
    Ok(text(&session.with_context(|| format!("{email} cannot log in"))?["token"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[expect(clippy::disallowed_methods, reason = "the load generator has a clock of its own")]
fn departure_day() -> jiff::Timestamp {
    jiff::Timestamp::now() + SignedDuration::from_hours(24 * 20)
}

fn departure(bus_id: &str, day: jiff::Timestamp, index: usize) -> Value {
    let whole = |number: usize| i64::try_from(number).unwrap_or(0);
    let start = day
        + SignedDuration::from_mins(whole(index % BUSES))
        + SignedDuration::from_hours(whole(index / BUSES) * JOURNEY_HOURS);
    let time = |hours: i64| format!("{:.3}", start + SignedDuration::from_hours(hours));
    json!({
        "busId": bus_id, "fromCity": STOPS[0], "toCity": STOPS[LEGS],
        "stations": [{"station": STOPS[1], "time": time(1)}, {"station": STOPS[2], "time": time(3)}],
        "departureTime": time(0), "arrivalTime": time(JOURNEY_HOURS), "price": 450,
    })
}
