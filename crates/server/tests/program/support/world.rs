//! A company on a server of its own: a user of every role, a bus, departures, tickets.

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::api::{Answer, Api};
use super::clock::{minutes, on_day, text};
use super::identity_number::identity_number;
use super::running_server::{Launch, RunningServer};

pub const ADMIN_EMAIL: &str = "admin@test.example";
pub const PASSWORD: &str = "correct horse";
pub const CARD_THAT_PAYS: &str = "5528790000000008";

pub struct World {
    pub server: RunningServer,
    pub folder: TempDir,
    /// Without a token.
    pub nobody: Api,
    pub admin: Api,
    pub agent: Api,
    /// The customer whose tickets the tests are about.
    pub owner: Api,
    /// Another customer.
    pub stranger: Api,
    buses: AtomicU32,
}

/// The text of a field, which a test needs to go on.
#[track_caller]
pub fn text_at<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}"))
}

#[track_caller]
pub fn id(value: &Value) -> &str {
    text_at(value, "id")
}

impl World {
    pub fn new() -> Self {
        Self::with(|launch| launch)
    }

    /// On a server with other settings.
    pub fn with(change: impl FnOnce(Launch) -> Launch) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let server = change(Launch::own(folder.path())).run();
        let nobody = Api::new(server.url());
        let admin = log_in(&nobody, ADMIN_EMAIL);
        let registered = |by: &Api, email: &str, name: [&str; 2], role: Option<&str>| {
            let mut form = registration(email, name);
            if let Some(role) = role {
                form["role"] = json!(role);
            }
            let session = by.post("/auth/register", &form).ok(201);
            nobody.with_token(text_at(&session, "token"))
        };
        let agent = registered(&admin, "agent@test.example", ["Mehmet", "Demir"], Some("AGENT"));
        let owner = registered(&nobody, "owner@test.example", ["Ayşe", "Yılmaz"], None);
        let stranger = registered(&nobody, "stranger@test.example", ["Can", "Öz"], None);
        let buses = AtomicU32::new(0);
        Self { server, folder, nobody, admin, agent, owner, stranger, buses }
    }

    /// The same company this much later: between a stop and a start its whole timetable is moved
    /// closer.
    pub fn later(self, by: SignedDuration) -> Self {
        self.changed(by, |_| {})
    }

    /// The same, and between the stop and the start the database is changed.
    pub fn changed(self, by: SignedDuration, change: impl FnOnce(&Connection)) -> Self {
        let Self { server, folder, owner, agent, admin, stranger, buses, .. } = self;
        assert_eq!(server.terminate().exit_code, Some(0));
        let database = Connection::open(folder.path().join("s.db")).expect("the database");
        for (table, column) in [
            ("stops", "time"),
            ("segments", "departs_at"),
            ("routes", "departs_at"),
            ("routes", "arrives_at"),
        ] {
            let sql = format!("UPDATE {table} SET {column} = {column} - ?");
            let millis = i64::try_from(by.as_millis()).expect("some hours");
            database.execute(&sql, [millis]).expect("written");
        }
        change(&database);
        drop(database);
        let server = Launch::own(folder.path()).run();
        let nobody = Api::new(server.url());
        let again = |who: Api| nobody.with_token(who.token.expect("a token"));
        let (owner, agent, admin) = (again(owner), again(agent), again(admin));
        let stranger = again(stranger);
        Self { server, folder, nobody, admin, agent, owner, stranger, buses }
    }

    /// A bus with forty seats, two left and one right of the corridor.
    pub fn bus(&self, plate: &str) -> Value {
        let bus = json!({"plate": plate, "model": "Travego", "seatCount": 40});
        self.admin.post("/buses", &bus).ok(201)
    }

    /// İstanbul – İzmit – Bolu – Ankara in six hours, on a bus of its own.
    pub fn route(&self, departure: Timestamp) -> Value {
        let plate = format!("34 T {}", self.buses.fetch_add(1, Ordering::Relaxed) + 1);
        let bus = self.bus(&plate);
        self.admin.post("/routes", &route_form(id(&bus), departure)).ok(201)
    }

    /// A departure in three days.
    pub fn some_route(&self) -> Value {
        self.route(on_day(3, 9, 0))
    }

    /// A ticket for a seat of the whole route.
    pub fn booked(&self, by: &Api, route: &Value, seat: u16) -> Value {
        by.post("/tickets", &booking(route, seat)).ok(201)
    }

    /// A ticket of the owner, paid by card.
    pub fn paid(&self, route: &Value, seat: u16) -> Value {
        let ticket = self.booked(&self.owner, route, seat);
        let answer = pay(&self.owner, id(&ticket), CARD_THAT_PAYS).ok(200);
        assert_eq!(answer["success"], true, "{answer}");
        self.owner.get(&format!("/tickets/{}", id(&ticket))).ok(200)
    }

    pub fn seq(&self, route_id: &str) -> u64 {
        self.nobody.get(&format!("/routes/{route_id}")).ok(200)["seq"].as_u64().expect("a number")
    }
}

pub fn log_in(api: &Api, email: &str) -> Api {
    let form = json!({"email": email, "password": PASSWORD});
    let session = api.post("/auth/login", &form).ok(200);
    api.with_token(text_at(&session, "token"))
}

pub fn registration(email: &str, [first, last]: [&str; 2]) -> Value {
    json!({"email": email, "password": PASSWORD, "firstName": first, "lastName": last})
}

pub fn route_form(bus_id: &str, departure: Timestamp) -> Value {
    json!({
        "fromCity": "İstanbul",
        "toCity": "Ankara",
        "stations": [
            {"station": "İzmit", "time": text(departure + minutes(90))},
            {"station": "Bolu", "time": text(departure + minutes(200))},
        ],
        "departureTime": text(departure),
        "arrivalTime": text(departure + minutes(360)),
        "price": 750,
        "prices": [
            {"fromCity": "İstanbul", "toCity": "Bolu", "price": 450.5},
            {"fromCity": "İzmit", "toCity": "Bolu", "price": 100, "isSold": false},
        ],
        "busId": bus_id,
    })
}

/// A ticket, or a list of them, without the route: that part changes when others book.
pub fn without_route(mut tickets: Value) -> Value {
    match &mut tickets {
        Value::Array(list) => list.iter_mut().for_each(|ticket| ticket["route"] = Value::Null),
        ticket => ticket["route"] = Value::Null,
    }
    tickets
}

/// A booking from the route's first stop to its last; each seat number has a passenger of its own.
pub fn booking(route: &Value, seat: u16) -> Value {
    json!({
        "routeId": id(route),
        "fromCity": route["fromCity"],
        "toCity": route["toCity"],
        "seatNumber": seat,
        "gender": "FEMALE",
        "userPhoneNumber": "+90 532 123 45 67",
        "passengerName": "Ayşe Yılmaz",
        "tcKimlikNo": identity_number(seat.into()),
    })
}

pub fn payment(ticket_id: &str, card_number: &str) -> Value {
    json!({
        "ticketId": ticket_id,
        "cardHolderName": "AYSE YILMAZ",
        "cardNumber": card_number,
        "expireMonth": "12",
        "expireYear": "2099",
        "cvc": "123",
    })
}

pub fn pay(api: &Api, ticket_id: &str, card_number: &str) -> Answer {
    api.post("/payments", &payment(ticket_id, card_number))
}
