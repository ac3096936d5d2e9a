//! Several seats under one code: families, ways there and back, one payment, and the end of each
//! ticket.

use serde_json::{Value, json};

use crate::support::clock::on_day;
use crate::support::world::{CARD_THAT_PAYS, World, id, payment, text_at};

fn passenger(seat: Option<u16>) -> Value {
    let mut passenger = json!({"gender": "FEMALE", "passengerName": "Ayşe Yılmaz"});
    if let Some(seat) = seat {
        passenger["seatNumber"] = json!(seat);
    }
    passenger
}

/// From the first stop to the last, or the other way if the route goes that way.
fn journey(route: &Value, seats: &[Option<u16>]) -> Value {
    json!({
        "routeId": id(route),
        "fromCity": route["fromCity"],
        "toCity": route["toCity"],
        "passengers": seats.iter().copied().map(passenger).collect::<Vec<_>>(),
    })
}

fn booking(journeys: &[Value]) -> Value {
    json!({
        "journeys": journeys,
        "contact": {"name": "Ayşe Yılmaz", "phone": "+90 532 123 45 67", "email": "a@b.example"},
    })
}

fn list(booking: &Value) -> &[Value] {
    booking["tickets"].as_array().map(Vec::as_slice).unwrap()
}

fn money(booking: &Value) -> [i64; 3] {
    ["total", "paid", "refunded"].map(|field| booking[field].as_i64().unwrap() / 750)
}

fn seats(booking: &Value) -> Vec<u64> {
    list(booking).iter().map(|ticket| ticket["seatNumber"].as_u64().unwrap()).collect()
}

#[test]
fn a_family_books_there_and_back_pays_once_and_gives_one_seat_up() {
    let world = World::new();
    let (out, back) = (world.route(on_day(3, 9, 0)), world.route(on_day(5, 9, 0)));
    let journeys = [journey(&out, &[None; 4]), journey(&back, &[Some(7), Some(8), None, None])];
    let held = world.owner.post("/bookings", &booking(&journeys)).ok(201);
    assert_eq!((held["status"].as_str(), money(&held)), (Some("RESERVED"), [8, 0, 0]));
    assert_eq!(held["contact"]["phone"], "5321234567");
    assert_eq!(list(&held).len(), 8);
    assert_eq!(seats(&held)[4..6], [7, 8], "in the order of the passengers");
    for ticket in list(&held) {
        assert_eq!(ticket["pnrNumber"], held["pnrNumber"]);
        assert_eq!(ticket["bookingId"], held["id"]);
        assert_eq!(ticket["userPhoneNumber"], "5321234567");
        assert_eq!(ticket["expiresAt"], held["expiresAt"]);
    }
    assert_eq!([world.seq(id(&out)), world.seq(id(&back))], [4, 4], "an event for each seat");
    let path = format!("/bookings/{}", id(&held));
    assert_eq!(world.owner.get(&path).ok(200), held);
    assert_eq!(world.agent.get(&path).ok(200)["id"], held["id"]);

    let mut form = payment("", CARD_THAT_PAYS);
    form.as_object_mut().unwrap().remove("ticketId");
    form["bookingId"] = held["id"].clone();
    let paid = world.owner.post("/payments", &form).ok(200);
    assert_eq!((&paid["success"], &paid["payment"]["amount"]), (&json!(true), &json!(8 * 750)));
    assert_eq!(paid["ticket"]["id"], list(&held)[0]["id"]);
    let confirmed = world.owner.get(&path).ok(200);
    assert_eq!((confirmed["status"].as_str(), money(&confirmed)), (Some("CONFIRMED"), [8, 8, 0]));
    world.owner.post("/payments", &form).problem(409, "already_paid");
    assert_eq!(world.owner.get("/payments/history").ok(200).as_array().unwrap().len(), 8);

    let third = text_at(&list(&held)[2], "id");
    let refund = world.owner.post(&format!("/payments/refund/{third}"), &json!({})).ok(200);
    assert_eq!(
        (&refund["refundAmount"], &refund["refundStatus"]),
        (&json!(750), &json!("REFUNDED"))
    );
    let left = world.owner.get(&path).ok(200);
    assert_eq!((left["status"].as_str(), money(&left)), (Some("PARTLY_CANCELLED"), [7, 8, 1]));
    let cancelled = world.owner.call("PATCH", &format!("{path}/cancel")).ok(200);
    assert_eq!((cancelled["status"].as_str(), money(&cancelled)), (Some("CANCELLED"), [0, 8, 8]));
    world.owner.call("PATCH", &format!("{path}/cancel")).problem(409, "invalid_transition");
    let free = world.nobody.get(&format!("/tickets/available-seats/{}", id(&out))).ok(200);
    assert_eq!(free.as_array().unwrap().len(), 40);
}

#[test]
fn any_ticket_stands_for_its_booking_when_it_is_paid() {
    let world = World::new();
    let route = world.some_route();
    let held = world.owner.post("/bookings", &booking(&[journey(&route, &[None; 3])])).ok(201);
    let second = text_at(&list(&held)[1], "id");
    let paid = world.owner.post("/payments", &payment(second, CARD_THAT_PAYS)).ok(200);
    assert_eq!(
        (paid["ticket"]["id"].as_str(), &paid["payment"]["amount"]),
        (Some(second), &json!(2250))
    );
    let mut both = payment(second, CARD_THAT_PAYS);
    both["bookingId"] = held["id"].clone();
    assert_eq!(world.owner.post("/payments", &both).pointers(), ["/ticketId"]);
}

#[test]
fn staff_sell_to_a_group_at_once() {
    let world = World::new();
    let route = world.some_route();
    let sold =
        world.agent.post("/bookings", &booking(&[journey(&route, &[Some(1), None])])).ok(201);
    assert_eq!((sold["status"].as_str(), money(&sold)), (Some("CONFIRMED"), [2, 2, 0]));
    assert_eq!(sold["expiresAt"], Value::Null);
    let cash = world.agent.get("/payments/history").ok(200);
    assert_eq!(cash.as_array().unwrap().len(), 2, "a row for each ticket of one payment");
}

#[test]
fn a_code_shows_the_booking_to_who_may_see_it() {
    let world = World::new();
    let route = world.some_route();
    let held = world.owner.post("/bookings", &booking(&[journey(&route, &[None; 2])])).ok(201);
    let path = format!("/bookings/pnr/{}", text_at(&held, "pnrNumber"));
    assert_eq!(world.owner.get(&path).ok(200), held);
    world.nobody.get(&path).problem(401, "unauthorized");
    world.stranger.get(&path).problem(404, "booking_not_found");
    world.nobody.get(&format!("{path}?phone=5321234568")).problem(404, "booking_not_found");
    let public = world.nobody.get(&format!("{path}?phone=05321234567")).ok(200);
    let fields: Vec<_> = public.as_object().unwrap().keys().cloned().collect();
    let expected =
        ["expiresAt", "id", "paid", "pnrNumber", "refunded", "status", "tickets", "total"];
    assert_eq!(fields, expected);
    assert_eq!(list(&public)[1]["passengerName"], "A. Y.");
    assert_eq!(list(&public)[1]["bookingId"], held["id"]);

    let pnr = text_at(&held, "pnrNumber");
    let first = world.nobody.get(&format!("/tickets/pnr/{pnr}?phone=5321234567")).ok(200);
    assert_eq!(first["id"], list(&held)[0]["id"], "the first ticket");
    let search = format!("/tickets/search?pnrNumber={pnr}&userPhoneNumber=5321234567");
    assert_eq!(world.nobody.get(&search).ok(200).as_array().unwrap().len(), 2, "all of them");
    let search = format!("/tickets/search?pnrNumber={pnr}");
    assert_eq!(world.agent.get(&search).ok(200).as_array().unwrap().len(), 2);

    let path = format!("/bookings/{}", id(&held));
    world.stranger.get(&path).problem(403, "not_yours");
    world.stranger.call("PATCH", &format!("{path}/cancel")).problem(403, "not_yours");
    world.nobody.get(&path).problem(401, "unauthorized");
    world
        .owner
        .get("/bookings/00000000-0000-0000-0000-000000000000")
        .problem(404, "booking_not_found");
}

#[test]
fn what_is_wrong_with_a_booking_is_said_at_its_place_and_nothing_is_written() {
    let world = World::new();
    let (out, back) = (world.route(on_day(3, 9, 0)), world.route(on_day(5, 9, 0)));
    world.booked(&world.stranger, &out, 1);
    let one = || journey(&out, &[None]);
    let home = || journey(&back, &[None]);
    let with = |mut journey: Value, field: &str, value: Value| {
        journey[field] = value;
        journey
    };
    let named = |seats: &[u16]| journey(&out, &seats.iter().map(|s| Some(*s)).collect::<Vec<_>>());
    let cases: [(Vec<Value>, u16, &str, &[&str]); 16] = [
        (vec![], 400, "validation_failed", &["/journeys"]),
        (vec![one(), home(), home()], 400, "validation_failed", &["/journeys"]),
        (vec![journey(&out, &[])], 400, "validation_failed", &["/journeys/0/passengers"]),
        (vec![journey(&out, &[None; 11])], 400, "validation_failed", &["/journeys/0/passengers"]),
        (
            vec![named(&[2, 3, 2])],
            400,
            "validation_failed",
            &["/journeys/0/passengers/2/seatNumber"],
        ),
        (
            vec![one(), journey(&back, &[Some(0), None, Some(101)])],
            400,
            "validation_failed",
            &["/journeys/1/passengers/0/seatNumber", "/journeys/1/passengers/2/seatNumber"],
        ),
        (vec![named(&[41])], 400, "seat_beyond_bus", &["/journeys/0/passengers"]),
        (
            vec![one(), journey(&back, &[Some(41)])],
            400,
            "seat_beyond_bus",
            &["/journeys/1/passengers"],
        ),
        (vec![home(), one()], 400, "return_before_arrival", &["/journeys/1"]),
        (vec![one(), one()], 400, "return_before_arrival", &["/journeys/1"]),
        (vec![with(one(), "toCity", json!("Kars"))], 400, "unknown_city", &["/journeys/0/toCity"]),
        (
            vec![one(), with(home(), "toCity", json!("İstanbul"))],
            400,
            "reversed_cities",
            &["/journeys/1/toCity"],
        ),
        (
            vec![with(with(one(), "fromCity", json!("İzmit")), "toCity", json!("Bolu"))],
            400,
            "segment_not_sold",
            &["/journeys/0/toCity"],
        ),
        (vec![named(&[2, 1])], 409, "seat_taken", &[]),
        (
            vec![with(one(), "routeId", json!(id(&world.bus("06 A 1"))))],
            404,
            "route_not_found",
            &[],
        ),
        (vec![with(one(), "price", json!(1))], 400, "validation_failed", &["/journeys/0/price"]),
    ];
    for (journeys, status, code, pointers) in cases {
        for by in [&world.owner, &world.nobody] {
            let answer = by.post("/bookings", &booking(&journeys));
            answer.problem(status, code);
            assert_eq!(answer.pointers(), pointers, "{}", answer.text());
        }
    }
    let mut bad = booking(&[one()]);
    bad["contact"] = json!({"phone": "12", "email": "nobody", "name": " "});
    bad["journeys"][0]["passengers"][0]["tcKimlikNo"] = json!("10000000145");
    let answer = world.owner.post("/bookings", &bad);
    answer.problem(400, "validation_failed");
    let mut pointers = answer.pointers();
    pointers.sort();
    let expected = [
        "/contact/email",
        "/contact/name",
        "/contact/phone",
        "/journeys/0/passengers/0/tcKimlikNo",
    ];
    assert_eq!(pointers, expected);
    for group in 0..3 {
        let rest = booking(&[journey(&out, &[None; 10])]);
        world.agent.post("/bookings", &rest).ok(201);
        assert_eq!(world.seq(id(&out)), 1 + 10 * (group + 1));
    }
    let too_many = booking(&[journey(&out, &[None; 10])]);
    world.agent.post("/bookings", &too_many).problem(409, "not_enough_seats");
    assert_eq!([world.seq(id(&out)), world.seq(id(&back))], [31, 0], "nothing else was written");
}

#[test]
fn a_contacts_number_is_changed_for_all() {
    let world = World::new();
    let route = world.some_route();
    let held = world.owner.post("/bookings", &booking(&[journey(&route, &[None; 2])])).ok(201);
    let path = format!("/tickets/{}", text_at(&list(&held)[1], "id"));
    world.owner.patch(&path, &json!({"userPhoneNumber": "5559998877"})).ok(200);
    let changed = world.owner.get(&format!("/bookings/{}", id(&held))).ok(200);
    assert_eq!(changed["contact"]["phone"], "5559998877");
    assert!(list(&changed).iter().all(|ticket| ticket["userPhoneNumber"] == "5559998877"));
}
