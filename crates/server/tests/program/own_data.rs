//! A customer's own data: exported for its owner, and erased by its owner, who sends the password
//! again.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::world::{CARD_THAT_PAYS, PASSWORD, World, id, pay, text_at};

const EXPORT: &str = "/auth/me/personal-data";
const ERASURE: &str = "/auth/me/erasure";

/// After the arrival of a departure in three days.
const OVER: SignedDuration = SignedDuration::from_hours(24 * 5);

fn paid(world: &World) -> Value {
    let route = world.some_route();
    let ticket = json!({"routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara",
        "seatNumber": 9, "gender": "FEMALE", "userPhoneNumber": "0539 844 55 77",
        "passengerName": "Feraye Gumushane", "tcKimlikNo": "39817264572"});
    let ticket = world.owner.post("/tickets", &ticket).ok(201);
    pay(&world.owner, id(&ticket), CARD_THAT_PAYS).ok(200);
    ticket
}

#[test]
fn a_customer_is_shown_all_that_is_held_of_them_and_nothing_of_others() {
    let world = World::new();
    let own = paid(&world);
    world.nobody.get(EXPORT).problem(401, "unauthorized");
    let shown = world.owner.get(EXPORT).ok(200);
    assert_eq!(shown["account"]["email"], "owner@test.example");
    let [booking] = shown["bookings"].as_array().unwrap().as_slice() else { panic!("{shown}") };
    assert_eq!(booking["id"], own["bookingId"]);
    assert_eq!(booking["tickets"][0]["tcKimlikNo"], "39817264572", "in full");
    assert_eq!(booking["payments"][0]["shares"][0]["status"], "PAID");
    // The owner can see who has read it.
    world.admin.get(&format!("/tickets/{}", id(&own))).ok(200);
    let shown = world.owner.get(EXPORT).ok(200);
    let rows = shown["bookings"][0]["history"].as_array().unwrap();
    let by_admin = |row: &&Value| row["action"] == "read" && row["actor"]["role"] == "ADMIN";
    assert_eq!(rows.iter().filter(by_admin).count(), 1, "{rows:#?}");
    let other = world.stranger.get(EXPORT).ok(200);
    assert_eq!(other["bookings"], json!([]));
    assert!(!other.to_string().contains("39817264572"));
}

#[test]
fn a_customer_is_erased_by_their_password_and_told_what_stays() {
    let world = World::new();
    let own = paid(&world);
    let with = |password: &str| json!({"password": password});
    world.nobody.post(ERASURE, &with(PASSWORD)).problem(401, "unauthorized");
    for staff in [&world.agent, &world.admin] {
        staff.post(ERASURE, &with(PASSWORD)).problem(403, "not_yours");
    }
    let wrong = world.owner.post(ERASURE, &with("another horse"));
    assert_eq!((wrong.status, wrong.pointers()), (400, vec!["/password".to_owned()]));
    let early = world.owner.post(ERASURE, &with(PASSWORD)).ok(200);
    assert_eq!(early["open"], json!([text_at(&own, "pnrNumber")]), "they have yet to travel");
    assert_eq!((&early["accountErased"], &early["erased"]), (&json!(false), &json!(0)));
    assert_eq!(early["kept"], json!(["UPCOMING_TICKETS", "PAYMENTS", "AUDIT"]));
    world.owner.get("/auth/me").ok(200);

    let world = world.later(OVER);
    let stats = world.admin.get("/tickets/stats").ok(200);
    let erased = world.owner.post(ERASURE, &with(PASSWORD)).ok(200);
    assert_eq!((&erased["accountErased"], &erased["erased"]), (&json!(true), &json!(1)));
    assert_eq!(erased["kept"], json!(["PAYMENTS", "AUDIT"]));
    world.owner.get("/auth/me").problem(401, "unauthorized");
    let ticket = world.admin.get(&format!("/tickets/{}", id(&own))).ok(200);
    assert_eq!((&ticket["passengerName"], &ticket["tcKimlikNo"]), (&json!(""), &Value::Null));
    assert_eq!(ticket["paymentStatus"], "PAID", "the money stays");
    assert_eq!(world.admin.get("/tickets/stats").ok(200), stats);
}

/// Two bookings, read a ticket at a time.
#[test]
fn what_does_not_fit_into_one_answer_is_in_the_next() {
    let world = World::new();
    let (first, route) = (paid(&world), world.some_route());
    let passenger =
        |seat: u16| json!({"seatNumber": seat, "gender": "FEMALE", "passengerName": "Ayşe Yılmaz"});
    let second = json!({
        "journeys": [{"routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara",
            "passengers": [passenger(1), passenger(2)]}],
        "contact": {"phone": "0539 844 55 77"}});
    let second = world.owner.post("/bookings", &second).ok(201);
    let whole = world.owner.get(EXPORT).ok(200);
    assert_eq!((&whole["limited"], &whole["activityLimited"]), (&json!(false), &json!(false)));
    let (mut bookings, mut activity) = (Vec::new(), Vec::new());
    let rows = whole["activity"].as_array().unwrap().len();
    for page in 1..=rows.max(3) {
        let part = world.owner.get(&format!("{EXPORT}?page={page}&limit=1")).ok(200);
        assert_eq!(part["account"], whole["account"]);
        assert_eq!(part["limited"], page < 3, "three tickets: {part}");
        assert_eq!(part["activityLimited"], page < rows);
        bookings.extend(part["bookings"].as_array().unwrap().iter().cloned());
        activity.extend(part["activity"].as_array().unwrap().iter().cloned());
    }
    assert_eq!(json!(activity), whole["activity"]);
    // The one of two tickets is on the pages of both, whole.
    let ids: Vec<_> = bookings.iter().map(id).collect();
    assert_eq!(ids, [id(&second), id(&second), text_at(&first, "bookingId")]);
    bookings.dedup();
    assert_eq!(json!(bookings), whole["bookings"]);
    for wrong in ["limit=0", "limit=101", "page=0", "page=101"] {
        world.owner.get(&format!("{EXPORT}?{wrong}")).problem(400, "validation_failed");
        world
            .admin
            .get(&format!("/personal-data?phone=05398445577&{wrong}"))
            .problem(400, "validation_failed");
    }
    let part = world.admin.get("/personal-data?phone=05398445577&page=3&limit=1").ok(200);
    assert_eq!(part["bookings"][0]["id"], first["bookingId"]);
}

/// Twelve journeys of nine: more tickets than a page has.
#[test]
fn an_account_with_many_tickets_is_erased_whole() {
    const JOURNEYS: usize = 12;
    let world = World::with(|launch| launch.setting("RATE_LIMIT", "off"));
    for nth in 0..JOURNEYS {
        let route = world.some_route();
        let passenger = |seat: usize| json!({"seatNumber": seat, "gender": "FEMALE", "passengerName": "Ayşe Yılmaz"});
        let booking = json!({
            "journeys": [{"routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara",
                "passengers": (1..=9).map(passenger).collect::<Vec<_>>()}],
            "contact": {"phone": "0539 844 55 77"}});
        let booking = world.owner.post("/bookings", &booking).ok(201);
        pay(&world.owner, id(&booking["tickets"][0]), CARD_THAT_PAYS).ok(200);
        assert_eq!(booking["tickets"].as_array().map(Vec::len), Some(9), "{nth}");
    }
    let world = world.later(OVER);
    let erased = world.owner.post(ERASURE, &json!({"password": PASSWORD})).ok(200);
    assert_eq!(erased["erased"], JOURNEYS, "{erased}");
    assert_eq!((&erased["accountErased"], &erased["limited"]), (&json!(true), &json!(false)));
}
