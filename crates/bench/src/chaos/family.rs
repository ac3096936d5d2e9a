//! A person who books for a whole family, one way or return, with an account or as a guest. Each
//! write has a key and is sent until it is answered, through all crashes.
//!
//! So the result of every write is known: at the end each booking is there once and whole, with
//! exactly the money that was taken for it.

use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use history_checker::Outcome::Done;
use history_checker::{Asked, Legs, Operation, Times};
use serde_json::{Value, json};
use tokio::time::{interval, sleep};

use super::booked::{Booked, Families};
use super::company::text;
use super::http::{Answer, Ask};
use super::ledger::{Ledger, State, Told, When};
use super::money;
use super::record::Record;
use super::world::World;
use super::writer::state_of;
use crate::keep_alive::KeepAlive;

/// Time between two attempts to reach a server that is away, or a request that is still in flight.
const RETRY: Duration = Duration::from_millis(40);

/// Attempts in a hundred whose sender closes the connection before the answer, and tries again.
const HANG_UPS: u8 = 15;
/// Answered requests in a hundred that are sent again anyway.
const REPEATS: u8 = 25;
const GUESTS: u8 = 30;

const TRAVELLERS_MAX: usize = 5;

pub(crate) struct Family {
    pub(crate) world: Rc<World>,
    pub(crate) ledger: Rc<Ledger>,
    pub(crate) record: Rc<Record>,
    pub(crate) families: Rc<Families>,
    pub(crate) port: u16,
    pub(crate) customer: String,
    pub(crate) dice: fastrand::Rng,
    pub(crate) period: Duration,
    /// Its own among all families.
    pub(crate) index: u32,
    pub(crate) count: u32,
}

/// Where a family wants to go.
struct Wish {
    /// Of each journey.
    routes: Vec<usize>,
    legs: Legs,
    body: Value,
}

/// Tickets, journey by journey.
struct Trip {
    tickets: Vec<(String, State)>,
    routes: Vec<usize>,
    legs: Legs,
}

impl Trip {
    /// The route of the ticket at this index: each journey has the same number.
    fn route_of(&self, index: usize) -> usize {
        self.routes[index * self.routes.len() / self.tickets.len()]
    }
}

/// The result of a request.
enum Outcome {
    Told(Answer),
    /// At the end of the run the request was still in flight: what it waits for did not happen.
    InFlight,
}

impl Family {
    pub(crate) async fn live(mut self) {
        let mut connection = None;
        let mut turns = interval(self.period);
        while !self.world.is_calm() {
            turns.tick().await;
            self.travel(&mut connection).await;
        }
    }

    /// Books, and does random things with the booking.
    async fn travel(&mut self, connection: &mut Option<KeepAlive>) {
        self.count += 1;
        let phone = format!("532{:03}{:04}", self.index, self.count % 10_000);
        let token = (self.dice.u8(..100) >= GUESTS).then(|| self.customer.clone());
        let travellers = self.dice.usize(2..=TRAVELLERS_MAX);
        let Some(Wish { routes, legs, body }) = self.wish(travellers, &phone) else { return };
        let ask = self.ask_of("POST", "/bookings".to_owned(), token.as_ref(), body);
        let began = self.world.now();
        let (outcome, times) = self.ask(connection, &ask).await;
        let Outcome::Told(answer) = outcome else {
            return self.world.differs("a booking waits for a payment".to_owned());
        };
        if answer.status != 201 {
            return self.refused("a family's booking", &answer, began);
        }
        self.world.tally.families.add(1);
        let asked = travellers * routes.len();
        let tickets = tickets_of(&answer.body);
        if tickets.len() != asked {
            return self.world.differs(format!("{asked} travellers, and {}", answer.body));
        }
        let (Ok(id), Ok(pnr)) = (text(&answer.body, "id"), text(&answer.body, "pnrNumber")) else {
            return self.world.differs(format!("a booking without a name: {}", answer.body));
        };
        let trip = Trip { tickets, routes, legs };
        self.note(&trip, began, "booked by a family");
        self.record(&trip, times, |_, seat, legs| Asked::Book { seat, legs }, true);
        let Trip { tickets, .. } = &trip;
        let ids = tickets.iter().map(|(id, _)| id.clone()).collect();
        let at = self.families.0.borrow().len();
        let when = When { asked: began, answered: self.world.now() };
        let total = answer.body["total"].as_f64().unwrap_or_default();
        let booked = Booked {
            id: id.clone(),
            tickets: ids,
            phone: phone.clone(),
            paid: 0.0,
            total,
            unanswered: None,
            when,
        };
        self.families.0.borrow_mut().push(booked);
        let pair = match token {
            Some(_) => json!({}),
            None => json!({ "pnrNumber": pnr, "phone": phone }),
        };
        if self.dice.u8(..100) < 60 {
            let path = "/payments".to_owned();
            let card = json!({
                "bookingId": id, "cardHolderName": "Deniz Yolcu", "cardNumber": "5528790000000008",
                "expireMonth": "12", "expireYear": "2040", "cvc": "123",
            });
            let ask = self.ask_of("POST", path, token.as_ref(), with(card, &pair));
            let (outcome, times) = self.ask(connection, &ask).await;
            self.answered(at);
            let confirm = |ticket: String, seat, legs| Asked::Confirm { ticket, seat, legs };
            match outcome {
                Outcome::Told(answer) if answer.status == 200 => {
                    if self.paid(&answer.body, at, total, (&trip, began)) {
                        self.record(&trip, times, confirm, true);
                    }
                }
                Outcome::Told(answer) => self.refused("a family's payment", &answer, began),
                Outcome::InFlight => {
                    self.record(&trip, times, confirm, false);
                    for (ticket, _) in &trip.tickets {
                        let paid = Told { status: Some("CONFIRMED".to_owned()), seat: None };
                        let last = "a family's payment was in flight".to_owned();
                        self.ledger.unanswered(ticket, vec![paid], last);
                    }
                    if let Some(booked) = self.families.0.borrow_mut().get_mut(at) {
                        booked.unanswered = Some(ask);
                    }
                }
            }
        }
        let path = match self.dice.u8(..100) {
            ..20 => format!("/bookings/{id}/cancel"),
            20..50 => format!("/tickets/{}/cancel", tickets[self.dice.usize(..tickets.len())].0),
            _ => return,
        };
        let ask = self.ask_of("PATCH", path, token.as_ref(), pair);
        let (outcome, times) = self.ask(connection, &ask).await;
        self.answered(at);
        match outcome {
            Outcome::Told(answer) if answer.status == 200 => {
                let mut cancelled = tickets_of(&answer.body);
                cancelled.retain(|(_, state)| state.status == "CANCELLED");
                let known = |(id, _): &(String, State)| {
                    trip.tickets.iter().position(|(known, _)| known == id)
                };
                let at = cancelled.iter().filter_map(known);
                let routes = at.map(|at| trip.route_of(at)).collect();
                let cancelled = Trip { tickets: cancelled, routes, legs };
                self.note(&cancelled, began, "cancelled by a family");
                self.record(&cancelled, times, |ticket, _, _| Asked::Cancel { ticket }, true);
                self.world.tally.acknowledged.add(1);
            }
            Outcome::Told(answer) => self.refused("a family's cancellation", &answer, began),
            Outcome::InFlight => {
                self.world.differs("a cancellation waits for a payment".to_owned());
            }
        }
    }

    /// The routes of each journey, and the form.
    fn wish(&mut self, travellers: usize, phone: &str) -> Option<Wish> {
        let world = Rc::clone(&self.world);
        let returns = self.dice.bool();
        // Every second departure leaves a day after the others.
        let out = self.dice.usize(..world.routes.len() / 2) * 2;
        let back = self.dice.usize(..world.routes.len() / 2) * 2 + 1;
        let routes = if returns { vec![out, back] } else { vec![out] };
        let passengers: Vec<_> = (0..travellers)
            .map(|index| {
                let gender = ["FEMALE", "MALE", "OTHER"][index % 3];
                json!({ "gender": gender, "passengerName": "Deniz Yolcu" })
            })
            .collect();
        let stops = world.routes.first()?.stops.len();
        let from = self.dice.usize(..stops - 1);
        let to = self.dice.usize(from + 1..stops);
        let journeys: Vec<_> = routes
            .iter()
            .filter_map(|route| world.routes.get(*route))
            .map(|route| {
                json!({
                    "routeId": route.id, "fromCity": route.stops[from],
                    "toCity": route.stops[to], "passengers": passengers,
                })
            })
            .collect();
        let body = json!({ "journeys": journeys, "contact": { "phone": phone } });
        let legs = Legs::between(u32::try_from(from).ok()?, u32::try_from(to).ok()?);
        Some(Wish { routes, legs, body })
    }

    fn ask_of(
        &mut self,
        method: &'static str,
        path: String,
        token: Option<&String>,
        body: Value,
    ) -> Ask {
        let key = format!("family-{}-{}-{:016x}", self.index, self.count, self.dice.u64(..));
        let body = body.as_object().is_some_and(|fields| !fields.is_empty()).then_some(body);
        // Each guest has an address of its own: the bookings of one do not count for the others.
        let [_, _, high, low] = self.count.to_be_bytes();
        let home = Ipv4Addr::new(10, u8::try_from(self.index).unwrap_or(u8::MAX), high, low);
        let from = token.is_none().then_some(home);
        Ask { method, path, token: token.cloned(), body, key: Some(key), from }
    }

    fn note(&self, trip: &Trip, began: u128, last: &str) {
        // It is sent again and again under its key: the first write may be lost, and made again.
        let when = When { asked: began, answered: self.world.now() };
        for (index, (id, state)) in trip.tickets.iter().enumerate() {
            let told = (state.clone(), when);
            self.ledger.acknowledged(id, trip.route_of(index), told, last.to_owned());
        }
    }

    fn record(
        &self,
        trip: &Trip,
        (asked_at, answered_at): (u64, u64),
        asked: impl Fn(String, usize, Legs) -> Asked,
        is_done: bool,
    ) {
        for (index, (id, state)) in trip.tickets.iter().enumerate() {
            let outcome = if is_done {
                Done { ticket: id.clone() }
            } else {
                history_checker::Outcome::Unknown
            };
            let times = Times { asked: asked_at, answered: is_done.then_some(answered_at) };
            let by = format!("family {}", self.index);
            let asked = asked(id.clone(), state.seat, trip.legs);
            self.record.note(trip.route_of(index), Operation { by, times, asked, outcome });
        }
    }

    fn answered(&self, at: usize) {
        if let Some(booked) = self.families.0.borrow_mut().get_mut(at) {
            booked.when.answered = self.world.now();
        }
    }

    /// Whether its tickets are confirmed.
    fn paid(&self, body: &Value, at: usize, total: f64, (trip, began): (&Trip, u128)) -> bool {
        self.world.tally.acknowledged.add(1);
        let is_confirmed = body["success"] == json!(true);
        let taken = money::taken(body, total);
        if let Some(booked) = self.families.0.borrow_mut().get_mut(at) {
            booked.paid = taken;
        }
        if is_confirmed {
            let confirmed = trip.tickets.iter().map(|(id, state)| {
                (id.clone(), State { status: "CONFIRMED".to_owned(), seat: state.seat })
            });
            let (tickets, routes) = (confirmed.collect(), trip.routes.clone());
            self.note(&Trip { tickets, routes, legs: trip.legs }, began, "paid by a family");
        }
        is_confirmed
    }

    /// Sends until there is an answer, and sometimes once more, which must get the same answer.
    async fn ask(
        &mut self,
        connection: &mut Option<KeepAlive>,
        ask: &Ask,
    ) -> (Outcome, (u64, u64)) {
        let (began, asked) = (self.world.now(), self.world.micros());
        let outcome = self.until_answered(connection, ask).await;
        let times = (asked, self.world.micros());
        let Outcome::Told(answer) = &outcome else { return (outcome, times) };
        if self.dice.u8(..100) < REPEATS
            && let Outcome::Told(again) = self.until_answered(connection, ask).await
        {
            self.world.tally.repeats.add(1);
            // A failover may have lost the key with its write: then it was done again.
            if self.world.may_be_lost(began, self.world.now()) {
                return (Outcome::Told(again), (asked, self.world.micros()));
            }
            if (again.status, &again.body) != (answer.status, &answer.body) {
                let (one, two) = (&answer.body, &again.body);
                let what = format!("{} {} under one key: {one}", ask.method, ask.path);
                self.world.differs(format!("{what}, and then {} {two}", again.status));
            }
        }
        (outcome, times)
    }

    async fn until_answered(&mut self, connection: &mut Option<KeepAlive>, ask: &Ask) -> Outcome {
        let mut in_flight = false;
        loop {
            if in_flight && self.world.is_calm() {
                return Outcome::InFlight;
            }
            let open = match connection.take() {
                Some(open) if !open.is_closed() => Ok(open),
                _ => KeepAlive::connect(self.port).await,
            };
            let Ok(mut open) = open else {
                sleep(RETRY).await;
                continue;
            };
            let hangs_up = !self.world.is_calm() && self.dice.u8(..100) < HANG_UPS;
            let patience = hangs_up.then(|| Duration::from_millis(self.dice.u64(..6)));
            let answer = match patience {
                None => ask.over(&mut open).await.ok(),
                Some(patience) => {
                    let answer = tokio::time::timeout(patience, ask.over(&mut open)).await;
                    answer.ok().and_then(Result::ok)
                }
            };
            match answer {
                Some(answer) if answer.body["code"] == json!("idempotency_in_flight") => {
                    in_flight = true;
                    *connection = Some(open);
                    sleep(RETRY).await;
                }
                // An error of the server does not show what it did.
                Some(answer) if answer.status < 500 => {
                    *connection = Some(open);
                    return Outcome::Told(answer);
                }
                Some(answer) if answer.status != 503 => {
                    let (method, path) = (ask.method, &ask.path);
                    let what = format!("{method} {path}: {} {}", answer.status, answer.body);
                    self.world.differs(what);
                    sleep(RETRY).await;
                }
                _ => {
                    self.world.tally.asked_again.add(1);
                    sleep(RETRY).await;
                }
            }
        }
    }

    /// `began`: when its booking was begun.
    fn refused(&self, what: &str, answer: &Answer, began: u128) {
        self.world.tally.refused.add(1);
        // A booking that a failover has lost is not found any more.
        let is_lost = answer.status == 404 && self.world.may_be_lost(began, self.world.now());
        if answer.status != 409 && !is_lost {
            self.world.differs(format!("{what}: {} {}", answer.status, answer.body));
        }
    }
}

/// The tickets of a booking, or the ticket that was answered.
fn tickets_of(body: &Value) -> Vec<(String, State)> {
    let one = std::slice::from_ref(body);
    let tickets = body["tickets"].as_array().map_or(one, Vec::as_slice);
    let ticket = |ticket: &Value| Some((text(ticket, "id").ok()?, state_of(ticket)?));
    tickets.iter().filter_map(ticket).collect()
}

fn with(mut body: Value, pair: &Value) -> Value {
    if let (Some(fields), Some(pair)) = (body.as_object_mut(), pair.as_object()) {
        fields.extend(pair.clone());
    }
    body
}
