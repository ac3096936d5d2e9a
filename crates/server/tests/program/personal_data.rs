//! Personal data of one person: exported whole for an administrator, erased when it is over, and
//! deleted automatically some days after the journey; sales stay.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::running_server::Launch;
use crate::support::waiting::wait_for;
use crate::support::world::{CARD_THAT_PAYS, World, id, pay, registration, text_at};

const PHONE: &str = "05398334466";
const NUMBER: &str = "39817264572";

/// After the arrival of a departure in three days.
const OVER: SignedDuration = SignedDuration::from_hours(24 * 5);

/// A guest's booking of two, and a paid ticket of the owner with the same identity number.
fn sold(world: &World) -> (Value, Value) {
    let route = world.some_route();
    let passenger = |seat: u16, name: &str| json!({"seatNumber": seat, "gender": "FEMALE", "passengerName": name});
    let mut first = passenger(1, "Feraye Gumushane");
    first["tcKimlikNo"] = json!(NUMBER);
    let booking = json!({
        "journeys": [{"routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara",
            "passengers": [first, passenger(2, "Lambert Quillfeather")]}],
        "contact": {"name": "Feraye Gumushane", "phone": PHONE, "email": "f@private.example"}});
    let booking = world.agent.post("/bookings", &booking).ok(201);
    let own = json!({"routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara",
        "seatNumber": 9, "gender": "FEMALE", "userPhoneNumber": "0539 844 55 77",
        "passengerName": "Ayşe Yılmaz"});
    let own = world.owner.post("/tickets", &own).ok(201);
    pay(&world.owner, id(&own), CARD_THAT_PAYS).ok(200);
    let held = json!({"routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara",
        "seatNumbers": [20]});
    world.owner.post("/holds", &held).ok(201);
    (booking, own)
}

fn found(by: &Api, query: &str) -> Value {
    by.get(&format!("/personal-data?{query}")).ok(200)
}

fn length(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}

#[test]
fn all_that_is_held_of_a_person_is_shown_and_erased() {
    let world = World::new();
    let (booking, own) = sold(&world);
    for by in [&world.nobody, &world.owner, &world.agent] {
        assert!([401, 403].contains(&by.get(&format!("/personal-data?phone={PHONE}")).status));
        let erasure = by.post("/personal-data/erasure", &json!({"phone": PHONE}));
        assert!([401, 403].contains(&erasure.status), "{}", erasure.text());
    }
    for query in ["", "phone=1", "phone=05398334466&tcKimlikNo=39817264572"] {
        let answer = world.admin.get(&format!("/personal-data?{query}"));
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
    }
    let by_phone = found(&world.admin, &format!("phone={PHONE}"));
    let [shown] = by_phone["bookings"].as_array().unwrap().as_slice() else { panic!("{by_phone}") };
    assert_eq!(
        (shown["contact"]["email"].as_str(), length(&shown["tickets"])),
        (Some("f@private.example"), 2)
    );
    assert_eq!(shown["tickets"][0]["tcKimlikNo"], NUMBER, "in full");
    let by_number = found(&world.admin, &format!("tcKimlikNo={NUMBER}"));
    assert_eq!(by_number["bookings"][0]["contact"], Value::Null, "who booked is somebody else");
    assert_eq!(length(&by_number["bookings"][0]["tickets"]), 1, "and so are the others");
    let owner = text_at(&own, "userId");
    let by_account = found(&world.admin, &format!("userId={owner}"));
    assert_eq!(by_account["account"]["email"], "owner@test.example");
    assert_eq!(by_account["bookings"][0]["id"], own["bookingId"]);
    assert_eq!(by_account["bookings"][0]["payments"][0]["shares"][0]["status"], "PAID");
    let held = by_account["activity"].as_array().unwrap().iter();
    let held: Vec<_> = held.filter(|row| row["action"] == "held").collect();
    assert_eq!(held.len(), 1, "seats that it held: {by_account}");

    let early = world.admin.post("/personal-data/erasure", &json!({"phone": PHONE})).ok(200);
    assert_eq!(early["open"], json!([text_at(&booking, "pnrNumber")]), "they have yet to travel");
    let world = world.later(OVER);
    let stats = world.admin.get("/tickets/stats").ok(200);
    let one = world.admin.post("/personal-data/erasure", &json!({"tcKimlikNo": NUMBER})).ok(200);
    assert_eq!((&one["erased"], &one["open"]), (&json!(1), &json!([])));
    let rest = world.admin.get(&format!("/bookings/{}", id(&booking))).ok(200);
    let names = |booking: &Value| {
        let tickets = booking["tickets"].as_array().unwrap().iter();
        tickets.map(|ticket| text_at(ticket, "passengerName").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&rest), ["", "Lambert Quillfeather"]);
    world.admin.post("/personal-data/erasure", &json!({"phone": PHONE})).ok(200);
    let gone = world.admin.get(&format!("/bookings/{}", id(&booking))).ok(200);
    assert_eq!(names(&gone), ["", ""]);
    assert_eq!(gone["contact"], json!({"name": null, "phone": "", "email": null}));
    assert_eq!(gone["total"], booking["total"]);
    assert_eq!(length(&found(&world.admin, &format!("phone={PHONE}"))["bookings"]), 0);

    let account = json!({"userId": owner});
    let erased = world.admin.post("/personal-data/erasure", &account).ok(200);
    assert_eq!((&erased["accountErased"], &erased["erased"]), (&json!(true), &json!(1)));
    world.owner.get("/auth/me").problem(401, "unauthorized");
    let ticket = world.admin.get(&format!("/tickets/{}", id(&own))).ok(200);
    assert_eq!((&ticket["passengerName"], &ticket["user"]["firstName"]), (&json!(""), &json!("")));
    assert_eq!(ticket["paymentStatus"], "PAID", "the money stays");
    assert_eq!(world.admin.get("/tickets/stats").ok(200), stats);
    let rows = world.admin.get(&format!("/audit?bookingId={}", id(&booking))).ok(200);
    let is_erasure = |row: &Value| row["action"] == "changed" && row["actor"]["role"] == "ADMIN";
    assert!(rows.as_array().unwrap().iter().any(is_erasure), "{rows}");
    assert!(!rows.to_string().contains("Feraye"), "the audit names fields, never values");
}

/// Any number can be given at registration: the export by phone shows the accounts, but they are
/// erased only by their own id.
fn accounts_are_found_by_their_phone(world: &World) {
    let (booking, _) = sold(world);
    let account = |email: &str| {
        let mut form = registration(email, ["Feraye", "Gumushane"]);
        form["phone"] = json!("+90 (539) 833 44 66");
        let session = world.nobody.post("/auth/register", &form).ok(201);
        text_at(&session["user"], "id").to_owned()
    };
    let (second, first) = (account("z@private.example"), account("a@private.example"));
    let phone = format!("phone={PHONE}");
    let shown = found(&world.admin, &phone);
    let ids = |shown: &Value| {
        let accounts = shown["accountsWithPhone"].as_array().unwrap().iter();
        accounts.map(|account| id(account).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&shown), [first.clone(), second.clone()], "by e-mail address");
    assert_eq!(shown["accountsWithPhone"][0]["firstName"], "Feraye");
    assert_eq!(shown["bookings"][0]["id"], booking["id"]);
    assert_eq!(ids(&found(&world.admin, "phone=05398334467")), Vec::<String>::new());
    assert_eq!(ids(&found(&world.admin, &format!("userId={first}"))), Vec::<String>::new());
    let erased = world.admin.post("/personal-data/erasure", &json!({"phone": PHONE})).ok(200);
    assert_eq!(erased["accountErased"], false, "whose number it is nobody has checked");
    world.admin.post("/personal-data/erasure", &json!({"userId": first})).ok(200);
    assert_eq!(ids(&found(&world.admin, &phone)), [second]);
}

#[test]
fn accounts_are_found_by_their_phone_number() {
    accounts_are_found_by_their_phone(&World::new());
}

#[test]
fn accounts_are_found_by_their_phone_number_where_it_is_encrypted() {
    let key = "k1=c2VhdHdpcmUncyBvd24gdGVzdCBkYXRhIGtleSAgIDE";
    accounts_are_found_by_their_phone(&World::with(|launch| launch.setting("DATA_KEY", key)));
}

/// One person on two seats of one booking, beside another person: paid for, and one of the two
/// refunded.
#[test]
fn a_person_with_two_tickets_in_one_booking_is_shown_and_erased_whole() {
    let world = World::new();
    let route = world.some_route();
    let passenger = |seat: u16, name: &str, number: Option<&str>| {
        let passenger = json!({"seatNumber": seat, "gender": "FEMALE", "passengerName": name});
        let number = number.map(|number| json!({"tcKimlikNo": number})).unwrap_or(json!({}));
        let fields = [passenger, number].into_iter();
        Value::Object(fields.flat_map(|it| it.as_object().unwrap().clone()).collect())
    };
    let booking = json!({
        "journeys": [{"routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara",
            "passengers": [passenger(1, "Feraye Gumushane", Some(NUMBER)),
                passenger(2, "Lambert Quillfeather", None),
                passenger(4, "Feraye Gumushane", Some(NUMBER))]}],
        "contact": {"phone": PHONE}});
    let booking = world.agent.post("/bookings", &booking).ok(201);
    let tickets = booking["tickets"].as_array().unwrap();
    let [first, others, second] = [0, 1, 2].map(|at: usize| id(&tickets[at]));
    assert!(first < others && others < second, "ids are in the order of time");
    world.agent.patch(&format!("/tickets/{second}/cancel"), &json!({})).ok(200);

    let shown = found(&world.admin, &format!("tcKimlikNo={NUMBER}"));
    let [shown] = shown["bookings"].as_array().unwrap().as_slice() else { panic!("{shown}") };
    let ids = |list: &Value, field: &str| {
        let mut ids: Vec<_> =
            list.as_array().unwrap().iter().map(|it| text_at(it, field).to_owned()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&shown["tickets"], "id"), [first, second]);
    let [payment] = shown["payments"].as_array().unwrap().as_slice() else { panic!("{shown}") };
    assert_eq!(payment["transactionId"], Value::Null, "who paid is somebody else");
    assert_eq!(ids(&payment["shares"], "ticketId"), [first, second]);
    assert_eq!(ids(&payment["shares"], "status"), ["PAID", "REFUNDED"]);
    let whole = found(&world.admin, &format!("phone={PHONE}"));
    let whole = &whole["bookings"][0];
    assert_eq!(length(&whole["payments"][0]["shares"]), 3);
    assert!(text_at(&whole["payments"][0], "transactionId").starts_with("cash-"));
    let tickets_of = |booking: &Value| {
        let rows = booking["history"].as_array().unwrap().iter();
        let mut ids: Vec<_> = rows.filter_map(|row| row["ticketId"].as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(tickets_of(shown), [first, second], "what was done with others is not theirs");
    assert_eq!(tickets_of(whole), [first, others, second]);

    let world = world.later(OVER);
    let erased = world.admin.post("/personal-data/erasure", &json!({"tcKimlikNo": NUMBER})).ok(200);
    assert_eq!(erased["erased"], 1);
    assert_eq!(length(&found(&world.admin, &format!("tcKimlikNo={NUMBER}"))["bookings"]), 0);
    let rest = world.admin.get(&format!("/bookings/{}", id(&booking))).ok(200);
    let names = rest["tickets"].as_array().unwrap().iter();
    let names: Vec<_> = names.map(|ticket| text_at(ticket, "passengerName")).collect();
    assert_eq!(names, ["", "Lambert Quillfeather", ""]);
}

/// More tickets than a page has are newer, and have yet to travel.
#[test]
fn what_is_over_is_erased_behind_many_tickets_that_are_not() {
    let world = World::new();
    let (booking, _) = sold(&world);
    let world = world.later(OVER);
    let mut open = Vec::new();
    for _ in 0..3 {
        let route = world.some_route();
        for first in [1, 11, 21, 31] {
            let passenger = |seat: u16| json!({"seatNumber": seat, "gender": "FEMALE", "passengerName": "Feraye Gumushane"});
            let passengers: Vec<_> = (first..first + 10).map(passenger).collect();
            let form = json!({
                "journeys": [{"routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara",
                    "passengers": passengers}],
                "contact": {"phone": PHONE}});
            let made = world.agent.post("/bookings", &form).ok(201);
            open.insert(0, text_at(&made, "pnrNumber").to_owned());
        }
    }
    let erased = world.admin.post("/personal-data/erasure", &json!({"phone": PHONE})).ok(200);
    assert_eq!((&erased["erased"], &erased["limited"]), (&json!(1), &json!(false)));
    assert_eq!(erased["open"], json!(open), "each once, newest first");
    let gone = world.admin.get(&format!("/bookings/{}", id(&booking))).ok(200);
    assert_eq!(gone["contact"], json!({"name": null, "phone": "", "email": null}));
}

#[test]
fn travellers_are_forgotten_some_days_after_their_arrival() {
    let world = World::new();
    let (booking, _) = sold(&world);
    let world = world.later(OVER);
    let fresh = world
        .agent
        .post(
            "/tickets",
            &json!({"routeId": id(&world.some_route()),
        "fromCity": "İstanbul", "toCity": "Ankara", "seatNumber": 1, "gender": "FEMALE",
        "userPhoneNumber": PHONE, "passengerName": "Feraye Gumushane"}),
        )
        .ok(201);
    let World { server, folder, admin, .. } = world;
    server.terminate();
    let again = |days: &str| {
        let server = Launch::own(folder.path()).setting("RETENTION_DAYS", days).run();
        let admin = Api::new(server.url()).with_token(admin.token.as_deref().unwrap());
        (server, admin)
    };
    let name = |admin: &Api| {
        let shown = admin.get(&format!("/bookings/{}", id(&booking))).ok(200);
        text_at(&shown["tickets"][0], "passengerName").to_owned()
    };
    let (server, admin) = again("1");
    wait_for("nobody was forgotten", || name(&admin).is_empty());
    let kept = admin.get(&format!("/tickets/{}", id(&fresh))).ok(200);
    assert_eq!(kept["passengerName"], "Feraye Gumushane", "who has yet to travel");
    server.terminate();
}
