//! Nothing personal and no secret gets into the log, at its most verbose level: a story that uses
//! every personal field of every endpoint, rightly and wrongly, and a search of the log for all
//! values that it sent.

use std::collections::BTreeSet;
use std::net::TcpListener;

use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::mail_server::MailServer;
use crate::support::postgres::Database;
use crate::support::raw_connection::RawConnection;
use crate::support::running_server::Launch;
use crate::support::two_servers::on;
use crate::support::websocket_frame::{handshake, next_text, open, opened, text};
use crate::support::world::{PASSWORD, World, id, route_form, text_at};

/// The names of personal and secret fields in `/openapi.json`: if there is such a field that the
/// story does not use, this test fails.
const PERSONAL: [&str; 19] = [
    "email",
    "password",
    "token",
    "firstname",
    "lastname",
    "name",
    "phone",
    "kimlik",
    "passport",
    "cardholder",
    "cardnumber",
    "cvc",
    "identitynumber",
    "billing",
    "owner",
    "tax",
    "captain",
    "driver",
    "assistant",
];

/// They have the same names but are not personal: stations, features, layouts and their icons.
const OF_THINGS: [&str; 3] = ["/stations", "/bus-features", "/seat-layouts"];

/// Everything that must not be found in the log.
#[derive(Default)]
struct Said {
    secrets: BTreeSet<String>,
    fields: BTreeSet<String>,
}

impl Said {
    /// Notes a body: the names of its fields, and its personal texts.
    fn body<'a>(&mut self, body: &'a Value) -> &'a Value {
        self.note(body, "");
        body
    }

    fn note(&mut self, value: &Value, field: &str) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                self.fields.insert(name.clone());
                // Both parts of a passport, whatever their names.
                self.note(value, if field == "passport" { field } else { name });
            }),
            Value::Array(items) => items.iter().for_each(|item| self.note(item, field)),
            Value::String(text) if is_personal(field) && text.len() > 2 => self.secret(text),
            _ => {}
        }
    }

    /// In every form in which it could be logged.
    fn secret(&mut self, text: &str) {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if digits.len() >= 10 {
            self.secrets.insert(digits.trim_start_matches("90").trim_start_matches('0').to_owned());
        }
        self.secrets.insert(text.to_owned());
    }
}

fn is_personal(field: &str) -> bool {
    let field = field.to_lowercase();
    PERSONAL.iter().any(|name| field.contains(name))
}

/// The personal fields of all bodies that the document describes.
fn described(document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let paths = document["paths"].as_object().unwrap();
    for (path, operations) in paths {
        if OF_THINGS.iter().any(|things| path.starts_with(things)) {
            continue;
        }
        for operation in operations.as_object().unwrap().values() {
            fields(document, &operation["requestBody"], &mut found);
        }
    }
    found.into_iter().filter(|field| is_personal(field)).collect()
}

fn fields(document: &Value, schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(parts) => {
            if let Some(name) = parts.get("$ref").and_then(Value::as_str) {
                let pointer = name.trim_start_matches('#');
                fields(document, document.pointer(pointer).unwrap(), found);
            }
            if let Some(Value::Object(properties)) = parts.get("properties") {
                found.extend(properties.keys().cloned());
            }
            parts.values().for_each(|part| fields(document, part, found));
        }
        Value::Array(items) => items.iter().for_each(|item| fields(document, item, found)),
        _ => {}
    }
}

fn passenger(name: &str, kimlik: &str) -> Value {
    json!({"gender": "FEMALE", "passengerName": name, "tcKimlikNo": kimlik})
}

#[test]
fn the_most_verbose_log_of_a_whole_story_names_nobody() {
    names_nobody(|launch| launch);
}

/// The client of PostgreSQL would log every statement with its values.
#[test]
fn nor_does_it_on_postgresql() {
    let database = Database::new();
    names_nobody(on(&database.url));
}

fn names_nobody(stored: impl FnOnce(Launch) -> Launch) {
    let letters = MailServer::start(TcpListener::bind("127.0.0.1:0").unwrap(), 1);
    let world = World::with(|launch| {
        stored(launch)
            .setting("REFRESH_TTL", "30d")
            .setting("MAIL", &format!("smtp://127.0.0.1:{}", letters.port))
            .setting("MAIL_FROM", "Firma <bilet@private.example>")
            .setting("MODE", "production")
            .setting("JWT_SECRET", "bG9nLXByaXZhY3ktc3RvcnktODE3Mjkx")
            .setting("ALLOW_MOCK_PAYMENTS", "true")
            .setting("LOG", "trace")
    });
    let mut said = Said::default();
    for secret in [PASSWORD, "bG9nLXByaXZhY3ktc3RvcnktODE3Mjkx", "Mehmet", "Demir"] {
        said.secret(secret);
    }
    for api in [&world.admin, &world.agent, &world.owner, &world.stranger] {
        said.secret(api.token.as_deref().unwrap());
    }
    let mut everybody: Vec<&Api> = vec![&world.nobody, &world.owner, &world.agent];

    // Accounts.
    let person = json!({"email": "zubeyde.kivilcim@private.example", "password": "menekse-7781-kapi",
        "firstName": "Zubeyde", "lastName": "Kivilcim", "phone": "+90 539 811 22 33"});
    let session = world.nobody.post("/auth/register", said.body(&person)).ok(201);
    said.secret(text_at(&session, "token"));
    let herself = world.nobody.with_token(text_at(&session, "token"));
    // Before the others who book for her: only staff may book a person twice.
    everybody.insert(1, &herself);
    let letter_to_her = |beginning: &str| loop {
        let letter = letters.next();
        if letter.to == "zubeyde.kivilcim@private.example" {
            break letter.word(beginning).to_owned();
        }
    };
    let shown = json!({"token": letter_to_her("verify-")});
    assert_eq!(world.nobody.post("/auth/verify", said.body(&shown)).status, 204);
    let forgotten = json!({"email": "zubeyde.kivilcim@private.example"});
    world.nobody.post("/auth/forgot", said.body(&forgotten)).ok(202);
    let reset = json!({"token": letter_to_her("reset-"), "newPassword": "kisa"});
    world.nobody.post("/auth/reset", said.body(&reset)).problem(400, "validation_failed");
    for token in [text_at(&session, "refreshToken"), "refresh-no-real-one-5514"] {
        let shown = json!({"refreshToken": token});
        let next = world.nobody.post("/auth/refresh", said.body(&shown));
        if next.status == 200 {
            said.secret(text_at(&next.json(), "refreshToken"));
        }
    }
    world.nobody.post("/auth/register", said.body(&person)).problem(409, "email_taken");
    for (email, password) in [
        ("zubeyde.kivilcim@private.example", "menekse-7781-kapi"),
        ("zubeyde.kivilcim@private.example", "yanlis-parola-4471"),
        ("kimse.yok@private.example", "yanlis-parola-4472"),
        ("kimse yok at private", "yanlis-parola-4473"),
    ] {
        let answer = world
            .nobody
            .post("/auth/login", said.body(&json!({"email": email, "password": password})));
        if answer.status == 200 {
            said.secret(text_at(&answer.json(), "token"));
        }
    }
    for (old, new) in [("yanlis-parola-4474", "sumbul-9913-pencere"), ("menekse-7781-kapi", "kisa")]
    {
        let form = json!({"oldPassword": old, "newPassword": new});
        herself.patch("/auth/password", said.body(&form));
    }
    world.nobody.with_token("no.real.token-5513").get("/auth/me").problem(401, "unauthorized");
    said.secret("no.real.token-5513");

    // The fleet and its crew.
    let bus = json!({"plate": "34 GZL 77", "model": "Travego", "seatCount": 40, "busPhone": "0539 722 44 55",
        "owner": "Hayrullah Sahip", "taxOffice": "Mecidiyekoy", "taxNumber": "7731984460"});
    let bus = world.admin.post("/buses", said.body(&bus)).ok(201);
    let mut form = route_form(id(&bus), crate::support::clock::on_day(3, 9, 0));
    for (field, name) in [
        ("captainName", "Kaptan Abdurrezzak"),
        ("firstDriverName", "Surucu Bedirhan"),
        ("secondDriverName", "Surucu Cemalettin"),
        ("assistantName", "Muavin Dursun"),
    ] {
        form[field] = json!(name);
    }
    let route = world.agent.post("/routes", said.body(&form)).ok(201);
    let device = world.admin.call("POST", &format!("/buses/{}/token", id(&bus))).ok(201);
    said.secret(text_at(&device, "token"));
    world
        .nobody
        .with_token(text_at(&device, "token"))
        .post(&format!("/tracking/{}/positions", id(&route)), &json!({"lat": 41.0, "lng": 29.0}));

    // Tickets, rightly and wrongly.
    let ticket = json!({"routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara",
        "seatNumber": 1, "gender": "FEMALE", "userPhoneNumber": "0539 833 44 66",
        "passengerName": "Feraye Gumushane", "tcKimlikNo": "39817264572"});
    for (by, seat) in everybody.iter().zip(1..) {
        let mut ticket = ticket.clone();
        ticket["seatNumber"] = json!(seat);
        for (field, wrong) in [
            ("tcKimlikNo", "39817264573"),
            ("userPhoneNumber", "0539 833 44 6"),
            ("passengerName", "Feraye <Gumushane> \u{7}"),
            ("anotherField", "Feraye Gumushane"),
        ] {
            let mut form = ticket.clone();
            form[field] = json!(wrong);
            by.post("/tickets", said.body(&form));
        }
        by.post("/tickets", said.body(&ticket));
        // Not even JSON, with a person in it.
        by.send("POST", "/tickets", &[], Some(br#"{"passengerName": "Feraye Gumushane", "#));
    }
    let own = herself.get("/tickets/my-tickets").ok(200);
    let change = json!({"passengerName": "Feride Gumushane", "userPhoneNumber": "0539 844 55 77"});
    for by in &everybody {
        by.patch(&format!("/tickets/{}", world_id(&own)), said.body(&change));
        by.get("/tickets/search?userPhoneNumber=05398334466&tcKimlikNo=39817264572");
        by.get("/tickets/search?pnrNumber=VV00AAAAA&userPhoneNumber=05398334466");
        by.get("/tickets/pnr/VV00AAAAA?phone=05398334466");
        by.get("/tickets/search?unknown=39817264572");
    }

    // A guest's booking, from a hold to a refund; the keys of a guest are secrets too.
    let hold = json!({"routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara", "seatNumbers": [9]});
    let hold = world.nobody.post("/holds", &hold).ok(201);
    said.secret(text_at(&hold, "holdToken"));
    for path in ["", "/extend", "/nowhere"] {
        let address = format!("/holds/{}{path}", text_at(&hold, "holdToken"));
        world.nobody.get(&address);
        world.nobody.call("POST", &address);
    }
    let passport = json!({"gender": "MALE", "passengerName": "Lambert Quillfeather",
        "passport": {"number": "X77 31 90 42", "country": "DEU"}});
    let booking = json!({
        "journeys": [{"routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara",
            "holdToken": hold["holdToken"],
            "passengers": [passenger("Nazmiye Yaprak", "27491836550"), passport]}],
        "contact": {"name": "Rukiye Bahar", "phone": "0539 855 66 88", "email": "rukiye.bahar@private.example"},
    });
    let key = ("idempotency-key", "guest-key-9981-3372-1100-aa");
    said.secret(key.1);
    let text_of = said.body(&booking).to_string();
    let made = world.nobody.send("POST", "/bookings", &[key], Some(text_of.as_bytes())).ok(201);
    world.nobody.send("POST", "/bookings", &[key], Some(text_of.as_bytes())).ok(201);
    let pnr = text_at(&made, "pnrNumber");
    let card = |number: &str| {
        json!({"bookingId": made["id"], "pnrNumber": pnr, "phone": "0539 855 66 88",
            "cardHolderName": "RUKIYE BAHAR", "cardNumber": number, "expireMonth": "11",
            "expireYear": "2098", "cvc": "719", "email": "rukiye.kart@private.example",
            "identityNumber": "58190374692", "billingAddress": "Lavanta Sokak 81",
            "billingCity": "Canakkale-Ezine", "billingCountry": "Turkiye-Cumhuriyeti"})
    };
    for number in ["4543 5910 0000 1111", "4543-5910", "5528790000000008"] {
        let form = card(number);
        world.nobody.post("/payments", said.body(&form));
    }
    // Three digits are found everywhere; the name of a card's code is searched instead.
    said.secrets.remove("719");
    let pair = json!({"pnrNumber": pnr, "phone": "0539 855 66 88"});
    let wrong = json!({"pnrNumber": pnr, "phone": "0539 866 77 99"});
    for pair in [&wrong, &pair] {
        let phone = text_at(pair, "phone").replace(' ', "");
        world.nobody.get(&format!("/bookings/pnr/{pnr}?phone={phone}"));
        world.nobody.get(&format!("/bookings/{}?pnrNumber={pnr}&phone={phone}", id(&made)));
        world.nobody.patch(&format!("/bookings/{}/cancel", id(&made)), said.body(pair));
    }
    for path in ["/payments/history", "/audit", "/users", "/metrics", "/tickets?limit=100"] {
        everybody.iter().chain([&&world.admin]).for_each(|by| drop(by.get(path)));
    }

    // Live: a token in the address, in a header, in CONNECT, in a message; and bad ones.
    let token = herself.token.clone().unwrap();
    said.secret("not-a-token-8812");
    let port = world.server.port;
    for token in [token.as_str(), "not-a-token-8812"] {
        for (path, header) in [
            (format!("/seats?token={token}"), String::new()),
            (format!("/socket.io/?EIO=4&transport=websocket&token={token}"), String::new()),
            ("/seats".to_owned(), format!("Authorization: Bearer {token}\r\n")),
        ] {
            let mut connection = RawConnection::open(port);
            connection.send(handshake(&path, &header));
            connection.head();
        }
        let mut plain = open(port, "/seats");
        let renew = json!({"event": "authenticate", "data": {"token": token}});
        plain.send(text(&renew.to_string()));
        next_text(&mut plain);
        let mut stock = RawConnection::open(port);
        stock.send(handshake("/socket.io/?EIO=4&transport=websocket", ""));
        opened(&mut stock);
        next_text(&mut stock);
        stock.send(text(&format!("40/seats,{}", json!({"token": token}))));
        next_text(&mut stock);
        world.nobody.get(&format!("/routes/{}/events?token={token}&lastEventId=x", "nowhere"));
    }

    // The story has really used the fields.
    let document = world.nobody.get("/openapi.json").ok(200);
    let missing: Vec<_> = described(&document).difference(&said.fields).cloned().collect();
    assert_eq!(missing, [""; 0], "personal fields that this story does not use");
    assert!(said.secrets.len() > 50, "{:?}", said.secrets);
    let ended = world.server.terminate();
    let log = ended.stderr;
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    assert!(lines.len() > 100, "trace says more than that: {}", lines.len());
    assert!(lines.iter().any(|line| line["span"]["request_id"].is_string()), "with its request");
    // What was sent is there: the search below can find what it looks for.
    assert!(log.contains(pnr), "addresses are logged");
    for secret in &said.secrets {
        let found = log.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(found, None, "{secret} is in the log");
    }
    assert!(!log.contains("cvc"), "a card's code is called so nowhere in the log");
}

/// The id of the first of a list.
fn world_id(list: &Value) -> &str {
    id(&list[0])
}
