//! `Idempotency-Key`: a repeated write acts once, and gets the first answer again (contract.md,
//! "Conventions").

use serde_json::{Value, json};

use crate::bad_values::NOWHERE;
use crate::support::api::{Answer, Api};
use crate::support::clock::on_day;
use crate::support::running_server::Launch;
use crate::support::world::{
    CARD_THAT_PAYS, World, booking, id, payment, registration, route_form, text_at,
};

fn keyed(api: &Api, method: &str, path: &str, key: &str, body: Option<&Value>) -> Answer {
    let body = body.map(Value::to_string);
    let body = body.as_ref().map(String::as_bytes);
    api.send(method, path, &[("idempotency-key", key)], body)
}

/// The same with another value of a field.
fn changed(form: &Value, field: &str, value: Value) -> Value {
    let mut form = form.clone();
    form[field] = value;
    form
}

fn is_replayed(answer: &Answer) -> bool {
    answer.header("idempotent-replayed") == Some("true")
}

#[track_caller]
fn same(repeat: &Answer, first: &Answer) {
    assert_eq!(repeat.text(), first.text());
    assert_eq!(repeat.status, first.status);
    for header in ["content-type", "etag"] {
        assert_eq!(repeat.header(header), first.header(header), "{header}");
    }
    assert!(is_replayed(repeat) && !is_replayed(first));
}

#[test]
fn of_64_repeats_at_once_one_acts_and_all_are_answered_alike_also_after_a_kill() {
    let world = World::new();
    let route = world.some_route();
    let form = booking(&route, 7);
    let post = |api: &Api| keyed(api, "POST", "/tickets", "a-key", Some(&form));
    let answers = std::thread::scope(|scope| {
        let racing: Vec<_> = (0..64).map(|_| scope.spawn(|| post(&world.owner))).collect();
        racing.into_iter().map(|one| one.join().expect("answered")).collect::<Vec<_>>()
    });
    assert_eq!(answers.iter().filter(|answer| !is_replayed(answer)).count(), 1);
    let ticket = answers[0].ok(201);
    assert!(answers.iter().all(|answer| answer.text() == answers[0].text()));
    assert_eq!(world.seq(id(&route)), 1);
    // The same key from another caller is another key.
    post(&world.stranger).problem(409, "seat_taken");
    let other = booking(&route, 8);
    let reused = keyed(&world.owner, "POST", "/tickets", "a-key", Some(&other));
    reused.problem(422, "idempotency_key_reused");
    let elsewhere = format!("/tickets/{}/cancel", id(&ticket));
    let reused = keyed(&world.owner, "PATCH", &elsewhere, "a-key", None);
    reused.problem(422, "idempotency_key_reused");
    let World { server, folder, owner, nobody: _, .. } = world;
    server.kill();
    let server = Launch::own(folder.path()).run();
    let owner = Api::new(server.url()).with_token(owner.token.expect("a token"));
    let repeat = post(&owner);
    assert!(is_replayed(&repeat));
    assert_eq!(repeat.ok(201), ticket);
}

#[test]
fn every_write_is_answered_as_it_was() {
    let world = World::new();
    let route = world.some_route();
    let bus = world.bus("34 K 1");
    let (admin, owner) = (&world.admin, &world.owner);
    let ticket = world.booked(owner, &route, 1);
    let paid = world.paid(&route, 2);
    let station = admin.post("/stations", &json!({"name": "Bolu"})).ok(201);
    let seats = json!([{"type": "SEAT", "seatNo": 1}, {"type": "DRIVER"}]);
    let layout = json!({"name": "İki", "rowCount": 1, "colCount": 2, "seats": seats});
    let kept = admin.post("/seat-layouts", &changed(&layout, "name", json!("Bir"))).ok(201);
    let hold = json!({"routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara",
        "seatNumbers": [20, 21]});
    let held = world.nobody.post("/holds", &changed(&hold, "seatNumbers", json!([22]))).ok(201);
    let held = format!("/holds/{}", text_at(&held, "holdToken"));
    let block = json!({"seatNumbers": [30], "reason": "broken"});
    let blocks = format!("/routes/{}/blocks", id(&route));
    let blocked = admin.post(&blocks, &changed(&block, "seatNumbers", json!([31]))).ok(201);
    let at = |kind: &str, of: &Value| format!("/{kind}/{}", id(of));
    let of_ticket = |step: &str| format!("{}/{step}", at("tickets", &ticket));
    let icon = admin.get("/bus-features/icons").ok(200)[0].clone();
    let feature = json!({"name": "Priz", "description": "220 V", "iconPath": icon});
    let new_bus = json!({"plate": "34 K 2", "model": "Travego", "seatCount": 40});
    let writes: Vec<(&Api, &str, String, Option<Value>)> = vec![
        (admin, "POST", "/stations".into(), Some(json!({"name": "Gerede"}))),
        (admin, "PATCH", at("stations", &station), Some(json!({"name": "Bolu Dağı"}))),
        (admin, "DELETE", at("stations", &station), None),
        (admin, "POST", "/seat-layouts".into(), Some(layout)),
        (admin, "PATCH", at("seat-layouts", &kept), Some(json!({"name": "Üç"}))),
        (admin, "DELETE", at("seat-layouts", &kept), None),
        (admin, "POST", "/buses".into(), Some(new_bus)),
        (admin, "PATCH", at("buses", &bus), Some(json!({"model": "Tourismo"}))),
        (admin, "POST", "/routes".into(), Some(route_form(id(&bus), on_day(4, 9, 0)))),
        (admin, "PATCH", at("routes", &route), Some(json!({"price": 800}))),
        (&world.nobody, "POST", "/holds".into(), Some(hold)),
        (&world.nobody, "POST", format!("{held}/extend"), None),
        (&world.nobody, "DELETE", held, None),
        (admin, "POST", blocks.clone(), Some(block)),
        (admin, "DELETE", format!("{blocks}/{}", id(&blocked)), None),
        (admin, "POST", "/bus-features".into(), Some(feature)),
        (admin, "POST", format!("{}/token", at("buses", &bus)), None),
        (admin, "DELETE", format!("{}/token", at("buses", &bus)), None),
        (owner, "POST", "/tickets".into(), Some(booking(&route, 3))),
        (owner, "PATCH", at("tickets", &ticket), Some(json!({"seatNumber": 5}))),
        (&world.agent, "PATCH", of_ticket("confirm"), None),
        (&world.agent, "PUT", of_ticket("suspend"), None),
        (owner, "PATCH", of_ticket("cancel"), None),
        (owner, "POST", format!("/payments/refund/{}", id(&paid)), None),
        // Refusals: by the rules, by the form of the body, and before the store is reached.
        (owner, "DELETE", at("tickets", &ticket), None),
        (owner, "POST", "/tickets".into(), Some(booking(&route, 99))),
        (owner, "POST", "/tickets".into(), Some(changed(&booking(&route, 9), "gender", json!(1)))),
        (owner, "POST", "/tickets".into(), Some(json!({"routeId": NOWHERE}))),
        (owner, "DELETE", at("routes", &route), None),
    ];
    for (number, (api, method, path, body)) in writes.iter().enumerate() {
        let key = format!("key-of-write-number-{number:04}");
        let first = keyed(api, method, path, &key, body.as_ref());
        assert!(first.status < 500 && first.status != 401, "{path}: {}", first.text());
        let repeat = keyed(api, method, path, &key, body.as_ref());
        same(&repeat, &first);
    }
}

#[test]
fn a_payment_is_charged_once_whatever_card_the_repeat_names() {
    let world = World::new();
    let route = world.some_route();
    let owner = &world.owner;
    let ticket = world.booked(owner, &route, 1);
    let pay = |key: &str, card: &str| {
        keyed(owner, "POST", "/payments", key, Some(&payment(id(&ticket), card)))
    };
    let declined = pay("one", "5528790000001111");
    assert_eq!(declined.ok(200)["errorCode"], "INSUFFICIENT_FUNDS");
    same(&pay("one", "5528790000001111"), &declined);
    same(&pay("one", CARD_THAT_PAYS), &declined);
    let racing = std::thread::scope(|scope| {
        let racing: Vec<_> = (0..16).map(|_| scope.spawn(|| pay("two", CARD_THAT_PAYS))).collect();
        racing.into_iter().map(|one| one.join().expect("answered")).collect::<Vec<_>>()
    });
    for answer in &racing {
        match answer.status {
            200 => assert_eq!(answer.ok(200)["success"], true),
            _ => drop(answer.problem(409, "idempotency_in_flight")),
        }
    }
    let first = racing.iter().find(|answer| answer.status == 200 && !is_replayed(answer));
    same(&pay("two", CARD_THAT_PAYS), first.expect("one was first"));
    assert_eq!(owner.get("/payments/history").ok(200).as_array().unwrap().len(), 1);
    let other = world.booked(owner, &route, 2);
    let other = payment(id(&other), CARD_THAT_PAYS);
    let reused = keyed(owner, "POST", "/payments", "two", Some(&other));
    reused.problem(422, "idempotency_key_reused");
    // The database contains no keys, cards or names.
    drop(world.server.terminate());
    for file in std::fs::read_dir(world.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
        let has = |text: &str| bytes.windows(text.len()).any(|piece| piece == text.as_bytes());
        assert!(!has(CARD_THAT_PAYS) && !has("5528790000001111"), "a card number is kept");
        assert!(!has("Payment of 750 TRY"), "an answer can be read");
    }
}

#[test]
fn a_repeated_payment_names_the_ticket_that_was_named() {
    let world = World::new();
    let route = world.some_route();
    let passenger = json!({"gender": "FEMALE", "passengerName": "Deniz Yolcu"});
    let form = json!({
        "journeys": [{
            "routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara",
            "passengers": [passenger, passenger],
        }],
        "contact": {"phone": "5321234567"},
    });
    let booked = world.owner.post("/bookings", &form).ok(201);
    let second = id(&booked["tickets"][1]);
    let form = payment(second, CARD_THAT_PAYS);
    let pay = || keyed(&world.owner, "POST", "/payments", "a-key", Some(&form));
    let first = pay();
    assert_eq!(id(&first.ok(200)["ticket"]), second);
    same(&pay(), &first);
}

#[test]
fn what_is_no_key_is_refused_and_who_is_not_known_is_not_kept() {
    let world = World::new();
    let route = world.some_route();
    let form = booking(&route, 1);
    let long = "k".repeat(300);
    for key in ["", "two words", "ü", &long] {
        let answer = keyed(&world.owner, "POST", "/tickets", key, Some(&form));
        answer.problem(400, "malformed_idempotency_key");
    }
    assert_eq!(world.seq(id(&route)), 0);
    let hold = json!({"routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara",
        "seatNumbers": [4]});
    let short = keyed(&world.nobody, "POST", "/holds", "k".repeat(21).as_str(), Some(&hold));
    short.problem(400, "malformed_idempotency_key");
    let held = keyed(&world.nobody, "POST", "/holds", "k".repeat(22).as_str(), Some(&hold));
    held.ok(201);
    // After a 401, a caller that logs in gets another answer under the same key.
    let key = "a-key-of-22-characters";
    let unknown = world.nobody.with_token("x");
    keyed(&unknown, "POST", "/tickets", key, Some(&form)).problem(401, "unauthorized");
    let booked = keyed(&world.owner, "POST", "/tickets", key, Some(&form));
    assert!(booked.ok(201).is_object() && !is_replayed(&booked));
    // Logging in uses no key, and an address that does not exist keeps nothing.
    let form = registration("new@test.example", ["Yeni", "Biri"]);
    for status in [201, 409] {
        let answer = keyed(&world.nobody, "POST", "/auth/register", "k", Some(&form));
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    for _ in 0..2 {
        let nowhere = keyed(&world.owner, "POST", "/nowhere", "n", Some(&form));
        nowhere.problem(404, "not_found");
        assert!(!is_replayed(&nowhere));
    }
    let page = [("origin", "https://shop.example")];
    let answer = world.nobody.send("GET", "/stations", &page, None);
    let exposed = answer.header("access-control-expose-headers").unwrap();
    assert!(exposed.contains("idempotent-replayed"), "{exposed}");
}

/// The same refusal, without the request's own id.
fn told(answer: &Answer) -> (u16, Value) {
    let mut body = answer.json();
    body.as_object_mut().expect("an object").remove("requestId");
    (answer.status, body)
}

/// Some addresses word refusals with their own field names, or say less. They do so under a key
/// too.
#[test]
fn a_refusal_is_told_alike_with_a_key_and_without() {
    let world = World::new();
    let (out, back) = (world.some_route(), world.route(on_day(4, 9, 0)));
    let seats = |route: &Value, seats: Value| json!({"routeId": route["id"], "fromCity": "İstanbul", "toCity": "Ankara", "seatNumbers": seats});
    let journey = |route: &Value, from: &str, to: &str, seat: u16| {
        let person = json!({"seatNumber": seat, "gender": "FEMALE", "passengerName": "A B"});
        json!({"routeId": route["id"], "fromCity": from, "toCity": to, "passengers": [person]})
    };
    let book =
        |journeys: Value| json!({"journeys": journeys, "contact": {"phone": "0532 123 45 67"}});
    let there = journey(&out, "İstanbul", "Ankara", 1);
    let ticket = world.booked(&world.owner, &out, 9);
    let pair = json!({"pnrNumber": ticket["pnrNumber"], "phone": "0533 765 43 21"});
    let blocks = format!("/routes/{}/blocks", id(&out));
    let unknown_city = {
        let mut form = seats(&out, json!([1]));
        form["toCity"] = json!("Nowhere");
        form
    };
    let cancel = format!("/tickets/{}/cancel", id(&ticket));
    type Case<'a> = (&'a Api, &'static str, &'a str, Value, u16, &'static [&'static str]);
    let cases: Vec<Case<'_>> = vec![
        (&world.nobody, "POST", "/holds", seats(&out, json!([41])), 400, &["/seatNumbers"]),
        (&world.nobody, "POST", "/holds", unknown_city, 400, &["/toCity"]),
        (
            &world.agent,
            "POST",
            &blocks,
            json!({"seatNumbers": [41], "reason": "x"}),
            400,
            &["/seatNumbers"],
        ),
        (
            &world.owner,
            "POST",
            "/bookings",
            book(json!([journey(&out, "İstanbul", "Ankara", 41)])),
            400,
            &["/journeys/0/passengers"],
        ),
        (
            &world.owner,
            "POST",
            "/bookings",
            book(json!([journey(&out, "Nowhere", "Ankara", 1)])),
            400,
            &["/journeys/0/fromCity"],
        ),
        (
            &world.owner,
            "POST",
            "/bookings",
            book(json!([there, journey(&back, "İstanbul", "Nowhere", 1)])),
            400,
            &["/journeys/1/toCity"],
        ),
        // A caller with the wrong number must not learn whether there is such a ticket.
        (&world.nobody, "PATCH", &cancel, pair, 404, &[]),
    ];
    for (number, (by, method, path, form, status, pointers)) in cases.into_iter().enumerate() {
        let body = form.to_string();
        let plain = by.send(method, path, &[], Some(body.as_bytes()));
        assert_eq!(plain.status, status, "{path}: {}", plain.text());
        assert_eq!(plain.pointers(), pointers, "{path}");
        let key = format!("a key of {number:016}").replace(' ', "-");
        for replayed in [false, true] {
            let again = keyed(by, method, path, &key, Some(&form));
            assert_eq!(told(&again), told(&plain), "{path}, replayed: {replayed}");
            assert_eq!(is_replayed(&again), replayed, "{path}");
        }
    }
}

/// The operator changes the secret: what was answered before counts until its day is over.
#[test]
fn a_repeat_after_a_change_of_the_secret_acts_once() {
    const SECRET: &str = "c81f94e0b7a25d3687f1c2be09a4d653";
    const NEXT: &str = "7d10c4be93f5a6e20817f3d9b4ca265e";
    const GUEST_KEY: &str = "a-guest-s-key-of-22-chars-at-least";
    let world = World::with(|launch| launch.setting("JWT_SECRET", SECRET));
    let route = world.some_route();
    let ticket = booking(&route, 7);
    let station = json!({"name": "Pozantı", "type": "CITY"});
    let guests = json!({
        "journeys": [{"routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara",
            "passengers": [{"gender": "MALE", "passengerName": "Lambert Ay"}]}],
        "contact": {"phone": "0539 833 44 66"}});
    let all = |owner: &Api, admin: &Api, nobody: &Api| {
        [
            keyed(owner, "POST", "/tickets", "a-key", Some(&ticket)),
            keyed(admin, "POST", "/stations", "a-key", Some(&station)),
            keyed(nobody, "POST", "/bookings", GUEST_KEY, Some(&guests)),
        ]
    };
    let before = all(&world.owner, &world.admin, &world.nobody);
    let World { server, folder, owner, admin, .. } = world;
    assert_eq!(server.terminate().exit_code, Some(0));
    let launch = Launch::own(folder.path()).setting("JWT_SECRET", NEXT);
    let server = launch.clone().setting("JWT_PREVIOUS_SECRET", SECRET).run();
    let moved = |api: &Api| Api::new(server.url()).with_token(api.token.clone().expect("a token"));
    let nobody = Api::new(server.url());
    for (repeat, first) in all(&moved(&owner), &moved(&admin), &nobody).iter().zip(&before) {
        same(repeat, first);
    }
    let other = booking(&route, 8);
    let reused = keyed(&moved(&owner), "POST", "/tickets", "a-key", Some(&other));
    reused.problem(422, "idempotency_key_reused");
    // The control: without the previous secret the guest's key is another key.
    assert_eq!(server.terminate().exit_code, Some(0));
    let server = launch.run();
    let answer = keyed(&Api::new(server.url()), "POST", "/bookings", GUEST_KEY, Some(&guests));
    assert!(!is_replayed(&answer));
    answer.ok(201);
}
