//! Who sees what: what identifies a passenger, and what only staff need to know about a bus and its
//! crew.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::clock::{day_of, minutes, now, on_day, wait_until};
use crate::support::world::{World, booking, id, route_form, text_at};

const MASKED: &str = "100******46";
const WHOLE: &str = "10000000146";

/// What an answer must not contain when its reader must not learn who the passenger is.
const IDENTIFYING: [&str; 7] =
    [WHOLE, MASKED, "5321234567", "Ayşe", "Yılmaz", "owner@test.example", "userId"];

#[test]
fn code_and_phone_show_anybody_only_the_public_part_of_a_ticket() {
    let world = World::new();
    let route = world.route(on_day(3, 9, 0));
    let mut form = booking(&route, 7);
    form["fromCity"] = json!("İzmit");
    form["tcKimlikNo"] = json!(WHOLE);
    let ticket = world.owner.post("/tickets", &form).ok(201);
    let pnr = text_at(&ticket, "pnrNumber");
    let expected = json!({
        "id": ticket["id"],
        "pnrNumber": pnr,
        "route": {
            "id": route["id"],
            "fromCity": "İstanbul",
            "toCity": "Ankara",
            "departureTime": route["departureTime"],
        },
        "bookingId": ticket["bookingId"],
        "fromCity": "İzmit",
        "toCity": "Ankara",
        "departureTime": route["stops"][1]["time"],
        "seatNumber": 7,
        "gender": "FEMALE",
        "price": 750,
        "status": "RESERVED",
        "paymentStatus": "PENDING",
        "expiresAt": ticket["expiresAt"],
        "passengerName": "A. Y.",
    });
    let by_pnr = format!("/tickets/pnr/{pnr}?phone=0532%20123%204567");
    let search = format!("/tickets/search?pnrNumber={pnr}&userPhoneNumber=0532%20123%204567");
    for by in [&world.nobody, &world.stranger] {
        let shown = by.get(&by_pnr);
        assert_eq!(shown.ok(200), expected);
        let found = by.get(&search);
        assert_eq!(found.ok(200), json!([expected]));
        for answer in [shown, found] {
            for secret in IDENTIFYING {
                assert!(!answer.text().contains(secret), "{secret} in {}", answer.text());
            }
        }
    }
    for by in [&world.owner, &world.agent, &world.admin] {
        assert_eq!(by.get(&by_pnr).ok(200), by.get(&format!("/tickets/pnr/{pnr}")).ok(200));
        assert_eq!(by.get(&by_pnr).ok(200)["passengerName"], "Ayşe Yılmaz");
    }
    // A further filter would let a caller guess its value.
    for more in ["tcKimlikNo=10000000146", "gender=FEMALE", "fromCity=Bolu", "status=RESERVED"] {
        world.nobody.get(&format!("{search}&{more}")).problem(403, "forbidden");
    }
}

#[test]
fn identity_numbers_are_masked_but_for_the_owner_and_the_single_ticket() {
    let world = World::new();
    let route = world.some_route();
    let own = world.booked(&world.owner, &route, 1);
    let mut form = booking(&route, 2);
    form["tcKimlikNo"] = json!(WHOLE);
    let sold = world.agent.post("/tickets", &form).ok(201);
    let number = |ticket: &Value| text_at(ticket, "tcKimlikNo").to_owned();
    assert_eq!((number(&own), number(&sold)), (WHOLE.into(), WHOLE.into()));
    for (by, ticket) in
        [(&world.owner, &own), (&world.agent, &own), (&world.admin, &own), (&world.agent, &sold)]
    {
        assert_eq!(number(&by.get(&format!("/tickets/{}", id(ticket))).ok(200)), WHOLE);
        let by_pnr = format!("/tickets/pnr/{}", text_at(ticket, "pnrNumber"));
        assert_eq!(number(&by.get(&by_pnr).ok(200)), WHOLE);
    }
    let all = |by: &Api, path: &str, expected: &str, count: usize| {
        let list = by.get(path).ok(200);
        let numbers: Vec<_> = list.as_array().unwrap().iter().map(number).collect();
        assert_eq!(numbers, vec![expected.to_owned(); count], "{path}");
    };
    all(&world.owner, "/tickets/my-tickets", WHOLE, 1);
    all(&world.agent, "/tickets/my-tickets", MASKED, 1);
    all(&world.agent, "/tickets", MASKED, 1);
    all(&world.admin, "/tickets", MASKED, 2);
    all(&world.admin, "/tickets/search", MASKED, 2);
    all(&world.admin, "/tickets/search?tcKimlikNo=10000000146", MASKED, 2);
}

#[test]
fn a_passport_is_kept_in_one_form_and_masked_as_an_identity_number_is() {
    let world = World::new();
    let route = world.some_route();
    let form = |passport: Value| {
        json!({
            "journeys": [{"routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara",
                "passengers": [{"gender": "MALE", "passengerName": "Max Öz", "passport": passport}]}],
            "contact": {"phone": "+49 30 901820"},
        })
    };
    let good = form(json!({"number": " u 1234567-8", "country": "de"}));
    let whole = json!({"number": "U12345678", "country": "DEU"});
    let masked = json!({"number": "U1*****78", "country": "DEU"});
    let own = world.owner.post("/bookings", &good).ok(201);
    let own = &own["tickets"][0];
    assert_eq!((&own["passport"], &own["tcKimlikNo"]), (&whole, &Value::Null));
    // The same number of another country is another passport.
    let theirs = form(json!({"number": "U12345678", "country": "AT"}));
    let guests = world.nobody.post("/bookings", &theirs).ok(201);
    assert_eq!(guests["tickets"][0].get("passport"), None);
    assert!(!guests.to_string().contains("12345678"), "{guests}");
    let guests_ticket = id(&guests["tickets"][0]);
    for (ticket, country) in [(id(own), "DEU"), (guests_ticket, "AUT")] {
        let shown = world.agent.get(&format!("/tickets/{ticket}")).ok(200);
        assert_eq!(shown["passport"], json!({"number": "U12345678", "country": country}));
    }
    assert_eq!(world.owner.get("/tickets/my-tickets").ok(200)[0]["passport"], whole);
    let listed = world.admin.get("/tickets").ok(200);
    let is_masked = |ticket: &Value| ticket["passport"]["number"] == masked["number"];
    assert!(listed.as_array().unwrap().iter().all(is_masked), "{listed}");
    let as_staff = world.admin.get(&format!("/bookings/{}", text_at(own, "bookingId"))).ok(200);
    assert_eq!(as_staff["tickets"][0]["passport"], masked, "one of several");
    // A new name leaves the document unchanged.
    let path = format!("/tickets/{}", id(own));
    let renamed = world.owner.patch(&path, &json!({"passengerName": "Max Oz"})).ok(200);
    assert_eq!(renamed["passport"], whole);

    let seq = world.seq(id(&route));
    let at = |field: &str| format!("/journeys/0/passengers/0/passport{field}");
    let long = "U".repeat(21);
    for (passport, pointers) in [
        (json!({"number": "1234", "country": "DE"}), vec![at("/number")]),
        (json!({"number": long, "country": "DE"}), vec![at("/number")]),
        (json!({"number": "U1234/678", "country": "XX"}), vec![at("/number"), at("/country")]),
        (json!({"number": "U12345678", "country": "Germany"}), vec![at("/country")]),
        (json!({"number": "U12345678"}), vec![at("/country")]),
        (json!({"number": "U12345678", "country": "DE", "name": "x"}), vec![at("/name")]),
        (json!("U12345678"), vec![at("")]),
    ] {
        for by in [&world.owner, &world.nobody] {
            let answer = by.post("/bookings", &form(passport.clone()));
            assert_eq!((answer.status, answer.pointers()), (400, pointers.clone()), "{passport}");
            assert!(!answer.text().contains("12345678"), "{}", answer.text());
        }
    }
    let mut both = good;
    both["journeys"][0]["passengers"][0]["tcKimlikNo"] = json!("10000000146");
    let answer = world.owner.post("/bookings", &both);
    assert_eq!((answer.status, answer.pointers()), (400, vec![at("")]));
    assert_eq!(world.seq(id(&route)), seq, "nothing was written");
    let shown = world.server.log();
    assert!(!shown.contains("12345678"), "{shown}");
}

const CREW: [&str; 4] = ["captainName", "firstDriverName", "secondDriverName", "assistantName"];
const PAPERS: [&str; 4] = ["busPhone", "owner", "taxOffice", "taxNumber"];

/// The objects of an answer that have all of these fields.
fn having<'a>(value: &'a Value, fields: &[&str], found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(object) => {
            if fields.iter().all(|field| object.contains_key(*field)) {
                found.push(value);
            }
            object.values().for_each(|value| having(value, fields, found));
        }
        Value::Array(list) => list.iter().for_each(|value| having(value, fields, found)),
        _ => {}
    }
}

#[test]
fn crew_and_papers_are_for_staff_in_every_answer_with_a_bus_or_a_route() {
    let world = World::new();
    let bus = world.admin.post(
        "/buses",
        &json!({
            "plate": "34 ABC 123", "model": "Travego", "seatCount": 40, "busPhone": "0850 000 00 00",
            "owner": "Turizm A.Ş.", "taxOffice": "Kadıköy", "taxNumber": "1234567890",
        }),
    );
    let bus = bus.ok(201);
    let departure = on_day(3, 9, 0);
    let mut form = route_form(id(&bus), departure);
    for (field, name) in CREW.iter().zip(["Kaptan Kara", "Ali", "Veli", "Deniz"]) {
        form[*field] = json!(name);
    }
    let route = world.agent.post("/routes", &form).ok(201);
    let ticket = world.booked(&world.owner, &route, 1);
    let day = day_of(departure);
    let (bus_id, route_id) = (id(&bus), id(&route));
    let of_all = [
        "/buses".to_owned(),
        format!("/buses/{bus_id}"),
        "/buses/plate/34%20ABC%20123".to_owned(),
        "/routes".to_owned(),
        format!("/routes/{route_id}"),
        format!("/routes/search?fromCity=istanbul&toCity=ankara&date={day}"),
        "/routes/upcoming".to_owned(),
    ];
    let of_the_owner = ["/tickets/my-tickets".to_owned(), format!("/tickets/{}", id(&ticket))];
    let check = |by: &Api, path: &str, is_staff: bool| {
        let answer = by.get(path).ok(200);
        let (mut buses, mut routes) = (Vec::new(), Vec::new());
        having(&answer, &["plate", "seatCount"], &mut buses);
        having(&answer, &["busId", "stations"], &mut routes);
        assert_eq!(buses.len(), 1, "{path}");
        assert_eq!(routes.len(), usize::from(!path.starts_with("/buses")), "{path}");
        for (objects, fields) in [(buses, PAPERS), (routes, CREW)] {
            for (object, field) in objects.iter().flat_map(|object| fields.map(|f| (object, f))) {
                let shown = object.get(field).is_some_and(Value::is_string);
                assert_eq!(shown, is_staff, "{field} of {path}: {object}");
                assert_eq!(object.get(field).is_some(), is_staff, "{field} of {path}");
            }
        }
    };
    for path in &of_all {
        for by in [&world.nobody, &world.owner] {
            check(by, path, false);
        }
        for by in [&world.agent, &world.admin] {
            check(by, path, true);
        }
        // The JSON is kept once for each of the two, not only for the one that comes first.
        check(&world.nobody, path, false);
    }
    for path in &of_the_owner {
        check(&world.owner, path, false);
    }
    check(&world.admin, &format!("/tickets/{}", id(&ticket)), true);
    check(&world.admin, "/tickets", true);
}

/// Departs in a moment, so that it leaves during the test.
const SOON: SignedDuration = SignedDuration::from_secs(2);

#[test]
fn the_public_list_of_departures_begins_with_what_has_not_left() {
    let world = World::new();
    let coming = world.some_route();
    let departure = now() + SOON;
    let leaving = world.route(departure);
    let listed = |by: &Api| -> Vec<String> {
        let list = by.get("/routes").ok(200);
        list["data"].as_array().unwrap().iter().map(|route| id(route).to_owned()).collect()
    };
    wait_until(departure);
    assert_eq!(listed(&world.nobody), [id(&coming)]);
    assert_eq!(listed(&world.owner), [id(&coming)]);
    assert_eq!(listed(&world.agent), [id(&leaving), id(&coming)]);
}

/// Where a bus is is for everybody, who drives it is not: staff look that up elsewhere.
#[test]
fn tracking_names_no_crew_and_no_papers() {
    let world = World::new();
    let bus = json!({"plate": "34 ABC 123", "model": "Travego", "seatCount": 40,
        "owner": "Turizm A.Ş.", "taxOffice": "Kadıköy", "taxNumber": "1234567890"});
    let bus = world.admin.post("/buses", &bus).ok(201);
    let mut form = route_form(id(&bus), now() + minutes(30));
    for (field, name) in CREW.iter().zip(["Kaptan Kara", "Ali", "Veli", "Deniz"]) {
        form[*field] = json!(name);
    }
    let route = world.agent.post("/routes", &form).ok(201);
    let position = json!({"lat": 41.0, "lng": 29.0});
    world.agent.post(&format!("/tracking/{}/positions", id(&route)), &position);
    for path in ["/tracking/search".to_owned(), format!("/tracking/location/{}", id(&route))] {
        for by in [&world.nobody, &world.owner, &world.agent, &world.admin] {
            let answer = by.get(&path).ok(200);
            assert!(answer.to_string().contains("34 ABC 123"), "{path}: {answer}");
            for field in CREW.iter().chain(&PAPERS) {
                let mut having_it = Vec::new();
                having(&answer, &[*field], &mut having_it);
                assert!(having_it.is_empty(), "{field} of {path}: {answer}");
            }
        }
    }
}
