//! A seller: books seats and changes tickets in every possible way, while the server dies and
//! starts again.
//!
//! A ticket belongs to the one writer that booked it, so its last acknowledged state counts. A
//! ticket about which an answer was lost is left alone from then on.

use std::rc::Rc;
use std::time::Duration;

use history_checker::{Asked, Legs};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{interval, sleep};

use super::company::text;
use super::http::{Answer, Ask};
use super::ledger::{Ledger, State, Told, When};
use super::proxy::Proxy;
use super::record::{self, Record};
use super::till::Till;
use super::world::World;
use crate::keep_alive::KeepAlive;
use crate::seat_map::{Seat, SeatMap};

/// Tickets that a writer works on; the oldest are left as they are.
const HELD_MAX: usize = 40;

/// Time between two attempts to reach a server that is away.
const RETRY: Duration = Duration::from_millis(40);

/// Requests in a hundred whose sender closes the connection before the answer.
const HANG_UPS: u8 = 1;

/// Turns in a hundred at which it also reads a whole bus.
const LOOKS: u8 = 10;

const GOOD_CARD: &str = "5528790000000008";
const DECLINED_CARD: &str = "4111111111111111";

pub(crate) struct Writer {
    pub(crate) world: Rc<World>,
    pub(crate) ledger: Rc<Ledger>,
    pub(crate) till: Rc<Till>,
    pub(crate) record: Rc<Record>,
    pub(crate) port: u16,
    /// The proxy at that port, if there are several servers behind it.
    pub(crate) front: Rc<Proxy>,
    pub(crate) index: u32,
    pub(crate) customer: String,
    pub(crate) agent: String,
    pub(crate) dice: fastrand::Rng,
    /// Time between two bookings.
    pub(crate) period: Duration,
}

struct Held {
    id: String,
    route: usize,
    legs: Legs,
    state: State,
    /// When that was asked and answered.
    when: When,
    /// Whose it is.
    token: String,
}

/// A change of a ticket, and the possible states afterwards.
struct Deed {
    name: &'static str,
    ask: Ask,
    outcomes: Vec<Told>,
    asked: Asked,
}

/// One request with its times, and its result.
struct Sent {
    /// `None` if it is not known whether it was done.
    answer: Option<Answer>,
    when: When,
    micros: (u64, u64),
    /// The sender, and the server.
    by: String,
}

impl Writer {
    pub(crate) async fn write(mut self) {
        let mut connection = None;
        let mut held: Vec<Held> = Vec::new();
        // Bookings that were not possible while the server was down are made later: the rush is
        // part of the test.
        let mut turns = interval(self.period);
        while !self.world.is_calm() {
            turns.tick().await;
            if let Some(ticket) = self.book(&mut connection).await {
                held.push(ticket);
            }
            if held.len() > HELD_MAX {
                held.remove(0);
            }
            if !held.is_empty() && self.dice.u8(..100) < 65 {
                let ticket = held.swap_remove(self.dice.usize(..held.len()));
                held.extend(self.change(&mut connection, ticket).await);
            }
            if self.dice.u8(..100) < LOOKS {
                self.look(&mut connection).await;
            }
        }
    }

    async fn book(&mut self, connection: &mut Option<KeepAlive>) -> Option<Held> {
        let world = Rc::clone(&self.world);
        let route = self.dice.usize(..world.routes.len());
        let place = world.routes.get(route)?;
        let from = self.dice.usize(..place.stops.len() - 1);
        let to = self.dice.usize(from + 1..(from + 4).min(place.stops.len()));
        let sold_by_agent = self.dice.u8(..100) < 15;
        let token = if sold_by_agent { &self.agent } else { &self.customer }.clone();
        let seat = self.dice.usize(1..=place.seats);
        let body = json!({
            "routeId": place.id, "fromCity": place.stops.get(from), "toCity": place.stops.get(to),
            "seatNumber": seat, "gender": "FEMALE",
            "userPhoneNumber": "5551234567", "passengerName": "Deniz Yolcu",
        });
        let path = "/tickets".to_owned();
        let ask = Ask {
            method: "POST",
            path,
            token: Some(token.clone()),
            body: Some(body),
            key: None,
            from: None,
        };
        let legs = Legs::between(u32::try_from(from).ok()?, u32::try_from(to).ok()?);
        let told = self.ask(connection, &ask).await;
        let id = told.answer.as_ref().and_then(|answer| text(&answer.body, "id").ok());
        self.note(route, Asked::Book { seat, legs }, &told, id.as_deref());
        let Some(answer) = &told.answer else {
            world.tally.bookings_unanswered.add(1);
            return None;
        };
        if answer.status != 201 {
            self.refused("booking", answer, told.when);
            return None;
        }
        world.tally.bookings.add(1);
        let (id, state, when) = (id?, state_of(&answer.body)?, told.when);
        self.ledger.acknowledged(&id, route, (state.clone(), when), "booked".to_owned());
        Some(Held { id, route, legs, state, when, token })
    }

    /// Reads all seats of a bus at one moment.
    async fn look(&mut self, connection: &mut Option<KeepAlive>) {
        #[derive(Deserialize)]
        struct Bus<'a> {
            seq: u64,
            #[serde(borrow)]
            tickets: Vec<Seat<'a>>,
        }
        let route = self.dice.usize(..self.world.routes.len());
        let ask = Ask::get(format!("/routes/{}", self.world.id_of(route)), None);
        let told = self.ask(connection, &ask).await;
        let Some(answer) = told.answer.filter(|answer| answer.status == 200) else { return };
        let text = answer.body.to_string();
        match serde_json::from_str::<Bus<'_>>(&text) {
            Ok(Bus { seq, tickets }) => {
                let map = SeatMap::of(tickets);
                self.record.note(route, record::reading(&told.by, told.micros, seq, &map));
            }
            Err(error) => self.world.differs(format!("a bus without seats, {error}: {text}")),
        }
    }

    fn note(&self, route: usize, asked: Asked, told: &Sent, ticket: Option<&str>) {
        let answer = told.answer.as_ref();
        if let Some(done) = record::operation(&told.by, told.micros, asked, answer, ticket) {
            self.record.note(route, done);
        }
    }

    /// Returns the ticket, unless it is over or its state is unknown.
    async fn change(
        &mut self,
        connection: &mut Option<KeepAlive>,
        mut ticket: Held,
    ) -> Option<Held> {
        let deed = self.deed(&ticket)?;
        let when = self.world.now();
        let told = self.ask(connection, &deed.ask).await;
        let refused_to_pay = |answer: &Answer| answer.body["success"] == json!(false);
        if !told.answer.as_ref().is_some_and(refused_to_pay) {
            self.note(ticket.route, deed.asked, &told, Some(&ticket.id));
        }
        let Some(answer) = &told.answer else {
            let last = format!("{} at {when} ms, unanswered", deed.name);
            self.ledger.unanswered(&ticket.id, deed.outcomes, last);
            if deed.name == "pay" {
                self.till.unanswered(&ticket.id);
            }
            return None;
        };
        if answer.status != 200 {
            let when = When { asked: ticket.when.asked, answered: told.when.answered };
            self.refused(deed.name, answer, when);
            // The seat is taken, or the hold has ended meanwhile.
            return (deed.name == "move").then_some(ticket);
        }
        self.world.tally.acknowledged.add(1);
        let (id, route) = (&ticket.id, ticket.route);
        let last =
            format!("{} from {:?}, answered by {} ms", deed.name, ticket.state, self.world.now());
        if deed.name == "pay" {
            if answer.body["success"] == json!(true) {
                "CONFIRMED".clone_into(&mut ticket.state.status);
                let lira = answer.body["payment"]["amount"].as_f64().unwrap_or_default();
                self.till.acknowledged(id, lira, told.when);
                let paid = becomes("CONFIRMED");
                self.ledger.acknowledged(id, route, (paid, told.when), last);
            }
            return Some(ticket);
        }
        ticket.state = state_of(&answer.body)?;
        self.ledger.acknowledged(id, route, (ticket.state.clone(), told.when), last);
        (ticket.state.status != "CANCELLED").then_some(ticket)
    }

    fn deed(&mut self, ticket: &Held) -> Option<Deed> {
        let (status, seat) = (ticket.state.status.as_str(), ticket.state.seat);
        let throw = self.dice.u8(..100);
        let name = match (status, throw) {
            ("RESERVED", ..35) => "pay",
            ("RESERVED", ..50) | ("SUSPENDED", ..60) => "confirm",
            ("RESERVED", ..60) | ("CONFIRMED", ..25) => "suspend",
            ("RESERVED", ..80) | ("CONFIRMED", ..55) => "move",
            _ => "cancel",
        };
        let by_owner = Some(ticket.token.clone());
        let by_staff = Some(self.agent.clone());
        let patch = |what: &str| format!("/tickets/{}{what}", ticket.id);
        let seats = self.world.routes.get(ticket.route)?.seats;
        let new_seat = self.dice.usize(1..=seats);
        let (method, path, token, body, outcomes) = match name {
            "pay" => {
                let card = if self.dice.u8(..10) == 0 { DECLINED_CARD } else { GOOD_CARD };
                let body = json!({
                    "ticketId": ticket.id, "cardHolderName": "Deniz Yolcu", "cardNumber": card,
                    "expireMonth": "12", "expireYear": "2040", "cvc": "123",
                });
                // If the money was taken after the hold had ended, it is paid back.
                let outcomes = vec![becomes("CONFIRMED"), becomes("CANCELLED")];
                ("POST", "/payments".to_owned(), by_owner, Some(body), outcomes)
            }
            "confirm" => ("PATCH", patch("/confirm"), by_staff, None, vec![becomes("CONFIRMED")]),
            "suspend" => ("PATCH", patch("/suspend"), by_staff, None, vec![becomes("SUSPENDED")]),
            "move" => {
                let moved = Told { status: None, seat: Some(new_seat) };
                ("PATCH", patch(""), by_owner, Some(json!({ "seatNumber": new_seat })), vec![moved])
            }
            _ => ("PATCH", patch("/cancel"), by_owner, None, vec![becomes("CANCELLED")]),
        };
        let (id, legs) = (ticket.id.clone(), ticket.legs);
        let asked = match name {
            "pay" | "confirm" => Asked::Confirm { ticket: id, seat, legs },
            "suspend" => Asked::Suspend { ticket: id },
            "move" => Asked::Move { ticket: id, seat: new_seat, legs },
            _ => Asked::Cancel { ticket: id },
        };
        Some(Deed {
            name,
            ask: Ask { method, path, token, body, key: None, from: None },
            outcomes,
            asked,
        })
    }

    async fn ask(&mut self, connection: &mut Option<KeepAlive>, ask: &Ask) -> Sent {
        let (asked, micros) = (self.world.now(), self.world.micros());
        let mut by = format!("writer {}", self.index);
        let answer = self.answered(connection, ask, &mut by).await;
        let when = When { asked, answered: self.world.now() };
        Sent { answer, when, micros: (micros, self.world.micros()), by }
    }

    async fn answered(
        &mut self,
        connection: &mut Option<KeepAlive>,
        ask: &Ask,
        by: &mut String,
    ) -> Option<Answer> {
        let mut open = loop {
            match connection.take() {
                Some(open) if !open.is_closed() => break open,
                _ => match KeepAlive::connect(self.port).await {
                    Ok(open) => break open,
                    Err(_) if self.world.is_calm() => return None,
                    Err(_) => sleep(RETRY).await,
                },
            }
        };
        let patience = (self.dice.u8(..100) < HANG_UPS).then(|| self.dice.u64(..4));
        let answer = match patience {
            None => ask.over(&mut open).await.ok(),
            Some(ms) => tokio::time::timeout(Duration::from_millis(ms), ask.over(&mut open))
                .await
                .ok()
                .and_then(Result::ok),
        };
        if let Some(server) = self.front.server_of(open.own_port()) {
            by.push_str(&format!(" at server {server}"));
        }
        match answer {
            // An error of the server does not show what it did.
            Some(answer) if answer.status >= 500 => {
                if answer.status != 503 {
                    let (method, path) = (ask.method, &ask.path);
                    self.world
                        .differs(format!("{method} {path}: {} {}", answer.status, answer.body));
                }
                self.world.tally.unanswered.add(1);
                None
            }
            Some(answer) => {
                *connection = Some(open);
                Some(answer)
            }
            None => {
                self.world.tally.unanswered.add(1);
                None
            }
        }
    }

    /// Since `when.asked` it was known to be possible.
    fn refused(&self, what: &str, answer: &Answer, when: When) {
        self.world.tally.refused.add(1);
        // A ticket that a failover has lost is not found any more.
        let is_lost = answer.status == 404 && self.world.may_be_lost(when.asked, when.answered);
        if answer.status != 409 && !is_lost {
            self.world.differs(format!("{what}: {} {}", answer.status, answer.body));
        }
    }
}

/// Its seat stays as it is.
fn becomes(status: &str) -> Told {
    Told { status: Some(status.to_owned()), seat: None }
}

pub(crate) fn state_of(ticket: &Value) -> Option<State> {
    let seat = usize::try_from(ticket["seatNumber"].as_u64()?).ok()?;
    Some(State { status: ticket["status"].as_str()?.to_owned(), seat })
}
