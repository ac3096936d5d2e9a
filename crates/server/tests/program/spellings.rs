//! One thing, one key: what was written in one spelling is found in every other, and cannot be
//! created twice.

use serde_json::{Value, json};

use crate::support::clock::{day_of, on_day};
use crate::support::world::{
    CARD_THAT_PAYS, World, booking, id, log_in, payment, registration, route_form, text_at,
};

/// As a query's value.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn a_phone_number_is_one_however_it_is_typed() {
    let world = World::new();
    let route = world.some_route();
    let spellings = [
        "+90 (532) 123 45 67",
        "0532-123-45-67",
        "00905321234567",
        "905321234567",
        "5321234567",
        "\u{202a}+90\u{a0}532\u{2011}123\u{2011}45\u{2011}67\u{202c}",
    ];
    for (seat, typed) in (1..).zip(spellings) {
        let mut form = booking(&route, seat);
        form["userPhoneNumber"] = json!(typed);
        let ticket = world.owner.post("/tickets", &form).ok(201);
        assert_eq!(ticket["userPhoneNumber"], "5321234567", "{typed}");
        let pnr = text_at(&ticket, "pnrNumber");
        for spelling in spellings {
            let by_pnr = format!("/tickets/pnr/{pnr}?phone={}", encoded(spelling));
            assert_eq!(world.nobody.get(&by_pnr).ok(200)["id"], ticket["id"], "{spelling}");
        }
    }
    for spelling in spellings {
        let found =
            world.agent.get(&format!("/tickets/search?userPhoneNumber={}", encoded(spelling)));
        assert_eq!(found.header("x-total-count"), Some("6"), "{spelling}");
    }
    let mut form = booking(&route, 20);
    form["userPhoneNumber"] = json!("0049 (30) 901-820");
    let abroad = world.owner.post("/tickets", &form).ok(201);
    assert_eq!(abroad["userPhoneNumber"], "+4930901820");
    let found = world.agent.get("/tickets/search?userPhoneNumber=%2B49%2030%20901820").ok(200);
    assert_eq!(found[0]["id"], abroad["id"]);
    for wrong in [
        "00530530303",
        "00000000000",
        "0530530303",
        "+1 532 123 45 67",
        "５３２１２３４５６７",
        "1234567890",
    ] {
        let mut form = booking(&route, 21);
        form["userPhoneNumber"] = json!(wrong);
        let answer = world.owner.post("/tickets", &form);
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), ["/userPhoneNumber"], "{wrong}");
    }
}

#[test]
fn a_mailbox_has_one_account_however_it_is_typed() {
    let world = World::new();
    let first = registration("info@firma.example", ["Ayşe", "Kaya"]);
    world.nobody.post("/auth/register", &first).ok(201);
    for typed in [
        "İNFO@FİRMA.EXAMPLE",
        "I\u{307}nfo@firma.example",
        "ınfo@firma.example",
        "in\u{200b}fo@firma.example",
        "\u{feff}info@firma.example",
        "ｉｎｆｏ@ｆｉｒｍａ.example",
        "info@fir\u{ad}ma.example",
    ] {
        let form = registration(typed, ["Bir", "Başkası"]);
        world.nobody.post("/auth/register", &form).problem(409, "email_taken");
        assert_eq!(log_in(&world.nobody, typed).get("/auth/me").ok(200)["firstName"], "Ayşe");
    }
    // A Cyrillic letter that looks like a Latin one.
    let form = registration("inf\u{43e}@firma.example", ["Bir", "Başkası"]);
    world.nobody.post("/auth/register", &form).problem(400, "validation_failed");
}

#[test]
fn a_booking_code_is_read_as_people_write_it() {
    let world = World::new();
    let route = world.some_route();
    let mut seat = 0;
    // A code with a letter that is easily misread; about one code in three has one.
    let ticket = loop {
        seat += 1;
        let ticket = world.booked(&world.owner, &route, seat);
        if text_at(&ticket, "pnrNumber")[4..].contains(['0', 'O', '1', 'I']) {
            break ticket;
        }
    };
    let pnr = text_at(&ticket, "pnrNumber");
    let lower = pnr.to_lowercase();
    for typed in [
        lower.clone(),
        format!("{}-{}", &pnr[..4], &pnr[4..]),
        format!(" {} {} ", &lower[..4], &lower[4..]),
        pnr.replace('I', "İ"),
        lower.replace('i', "ı"),
        pnr.replacen("00", "OO", 1),
        format!("\u{feff}{pnr}\u{200b}"),
    ] {
        let path = format!("/tickets/pnr/{}", encoded(&typed));
        let found = world.nobody.get(&format!("{path}?phone=5321234567")).ok(200);
        assert_eq!(found["id"], ticket["id"], "{typed:?}");
        assert_eq!(world.agent.get(&path).ok(200)["id"], ticket["id"], "{typed:?}");
        let search = format!("/tickets/search?pnrNumber={}", encoded(&typed));
        assert_eq!(world.agent.get(&search).ok(200)[0]["id"], ticket["id"], "{typed:?}");
    }
    let misread: String = pnr
        .char_indices()
        .map(|(at, letter)| match letter {
            '0' if at >= 4 => 'O',
            'O' => '0',
            '1' => 'I',
            'I' => '1',
            other => other,
        })
        .collect();
    let path = format!("/tickets/pnr/{misread}");
    let told = |by: &crate::support::api::Api, query: &str| {
        let problem = by.get(&format!("{path}{query}")).problem(404, "ticket_not_found");
        text_at(&problem, "detail").to_owned()
    };
    let offered = format!("there is no such ticket; did you mean {pnr}?");
    assert_eq!(told(&world.nobody, "?phone=5321234567"), offered);
    assert_eq!(told(&world.agent, ""), offered);
    assert_eq!(told(&world.owner, ""), offered);
    // For a stranger it would be a hint at another person's code.
    assert_eq!(told(&world.nobody, "?phone=5321234568"), "there is no such ticket");
    assert_eq!(told(&world.stranger, ""), "there is no such ticket");
}

#[test]
fn a_vehicle_has_one_plate_however_it_is_typed() {
    let world = World::new();
    let bus = world.bus("34ABC123");
    assert_eq!(bus["plate"], "34 ABC 123");
    let other = world.bus("34 İBC 1");
    assert_eq!(other["plate"], "34 IBC 1");
    for typed in ["34ABC123", "34 ABC 123", "34-abc-123", " 34\u{a0}abc  123", "34\u{200b}ABC123"] {
        let found = world.nobody.get(&format!("/buses/plate/{}", encoded(typed))).ok(200);
        assert_eq!(found["id"], bus["id"], "{typed:?}");
        let form = json!({"plate": typed, "model": "M", "seatCount": 2});
        world.admin.post("/buses", &form).problem(409, "plate_taken");
        let path = format!("/buses/{}", id(&other));
        world.admin.patch(&path, &json!({"plate": typed})).problem(409, "plate_taken");
    }
    // The bus's own plate in another spelling.
    let path = format!("/buses/{}", id(&bus));
    let same = world.admin.patch(&path, &json!({"plate": "34abc123"})).ok(200);
    assert_eq!(same["plate"], "34 ABC 123");
    for typed in ["34ibc1", "34 ıbc 1", "34-İbc-1"] {
        let found = world.nobody.get(&format!("/buses/plate/{}", encoded(typed))).ok(200);
        assert_eq!(found["id"], other["id"], "{typed:?}");
    }
}

#[test]
fn a_city_is_one_however_it_is_typed() {
    let world = World::new();
    let bus = world.bus("34 C 1");
    let departure = on_day(3, 9, 0);
    let spellings = [
        "Yeni Şehir",
        "  yeni  şehir ",
        "YENİ\u{a0}ŞEHİR",
        "Yeni\u{200b} Sehi\u{307}r",
        "Ｙｅｎｉ Şehir\u{feff}",
    ];
    for typed in spellings {
        let mut form = route_form(id(&bus), departure);
        form["prices"] = json!([]);
        form["toCity"] = json!("Yeni Şehir");
        form["stations"][0]["station"] = json!(typed);
        let answer = world.agent.post("/routes", &form);
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), ["/toCity"], "two stops of one name: {typed:?}");
        world.admin.post("/stations", &json!({"name": typed}));
    }
    let stations = world.nobody.get("/stations?q=yeni").ok(200);
    assert_eq!(stations.as_array().unwrap().len(), 1, "{stations}");
    let mut form = route_form(id(&bus), departure);
    form["prices"] = json!([]);
    form["toCity"] = json!("Yeni  Şehir\u{200b}");
    let route = world.agent.post("/routes", &form).ok(201);
    assert_eq!(route["toCity"], "Yeni Şehir");
    for typed in spellings {
        let query = format!(
            "/routes/search?fromCity=istanbul&toCity={}&date={}",
            encoded(typed),
            day_of(departure)
        );
        let hits = world.nobody.get(&query).ok(200);
        assert_eq!(hits["meta"]["total"], 1, "{typed:?}");
        let stations = world.nobody.get(&format!("/stations?q={}", encoded(typed))).ok(200);
        assert_eq!(stations.as_array().unwrap().len(), 1, "{typed:?}");
    }
}

/// Texts that cannot be seen, or that make the text beside them read as another.
const NO_NAMES: [&str; 9] = [
    "\u{200b}",
    "\u{feff}\u{a0}",
    "\u{3164}",
    "\u{2800}",
    "\u{200d}\u{fe0f}",
    "\u{301}",
    "\u{202e}desrever",
    "Ayşe \u{2066}Yılmaz",
    "Ayşe\u{2028}Yılmaz",
];

/// Method, path, a body that would be taken but for its names, and where those stand in it.
type Write<'a> = (&'a str, &'a str, Value, &'a [&'a str]);

fn must_refuse_names_of_nothing<const N: usize>(world: &World, writes: [Write<'_>; N]) {
    for (method, path, good, pointers) in writes {
        for pointer in pointers {
            for name in NO_NAMES {
                let mut body = good.clone();
                *body.pointer_mut(pointer).unwrap() = json!(name);
                let answer = world.admin.send(method, path, &[], Some(body.to_string().as_bytes()));
                answer.problem(400, "validation_failed");
                assert_eq!(answer.pointers(), [*pointer], "{method} {path}: {name:?}");
            }
        }
    }
}

#[test]
fn names_of_nothing_are_refused_wherever_something_is_named() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    let station = world.admin.post("/stations", &json!({"name": "Bolu"})).ok(201);
    let bus = id(&route["bus"]).to_owned();
    let new_bus = json!({
        "plate": "34 N 1", "model": "M", "seatCount": 2, "busPhone": "x", "owner": "x",
        "taxOffice": "x", "taxNumber": "x",
        "specs": {"brand": "x", "engineType": "x", "fuelType": "x", "features": ["x"]},
    });
    let mut new_route = route_form(&bus, on_day(4, 9, 0));
    new_route["prices"] = json!([]);
    new_route["restStops"] = json!(["x"]);
    for name in ["captainName", "firstDriverName", "secondDriverName", "assistantName"] {
        new_route[name] = json!("x");
    }
    let (a_ticket, a_bus) = (format!("/tickets/{}", id(&ticket)), format!("/buses/{bus}"));
    let a_station = format!("/stations/{}", id(&station));
    let a_route = format!("/routes/{}", id(&route));
    let writes: [Write<'_>; 9] = [
        (
            "POST",
            "/auth/register",
            registration("n@test.example", ["A", "B"]),
            &["/firstName", "/lastName"],
        ),
        ("POST", "/stations", json!({"name": "Van"}), &["/name"]),
        ("PATCH", &a_station, json!({"name": "Van"}), &["/name"]),
        (
            "POST",
            "/buses",
            new_bus,
            &[
                "/model",
                "/busPhone",
                "/owner",
                "/taxOffice",
                "/taxNumber",
                "/specs/brand",
                "/specs/engineType",
                "/specs/fuelType",
                "/specs/features/0",
            ],
        ),
        ("PATCH", &a_bus, json!({"model": "N"}), &["/model"]),
        (
            "POST",
            "/routes",
            new_route,
            &[
                "/fromCity",
                "/toCity",
                "/stations/0/station",
                "/restStops/0",
                "/captainName",
                "/firstDriverName",
                "/secondDriverName",
                "/assistantName",
            ],
        ),
        ("PATCH", &a_route, json!({"captainName": "x"}), &["/captainName"]),
        ("POST", "/tickets", booking(&route, 2), &["/passengerName"]),
        ("PATCH", &a_ticket, json!({"passengerName": "X"}), &["/passengerName"]),
    ];
    must_refuse_names_of_nothing(&world, writes);
}

#[test]
fn names_of_nothing_are_refused_in_bookings_payments_and_what_buses_have() {
    let world = World::new();
    let route = world.some_route();
    let reserved = world.booked(&world.owner, &route, 1);
    let new_booking = json!({
        "journeys": [{
            "routeId": id(&route), "fromCity": route["fromCity"], "toCity": route["toCity"],
            "passengers": [
                {"gender": "FEMALE", "passengerName": "A"},
                {"gender": "FEMALE", "passengerName": "B"},
            ],
        }],
        "contact": {"name": "C", "phone": "5321234567"},
    });
    let new_feature = json!({"name": "x", "description": "x", "iconPath": "/features/wifi.svg"});
    let seats = json!([{"id": "0-0", "x": 0, "y": 0, "type": "SEAT", "seatNo": 1}]);
    let new_layout = json!({"name": "x", "rowCount": 1, "colCount": 1, "seats": seats});
    let feature = world.admin.post("/bus-features", &new_feature).ok(201);
    let layout = world.admin.post("/seat-layouts", &new_layout).ok(201);
    let a_feature = format!("/bus-features/{}", id(&feature));
    let a_layout = format!("/seat-layouts/{}", id(&layout));
    let a_route = format!("/routes/{}", id(&world.some_route()));
    let mut changed_route = route_form(id(&route["bus"]), on_day(4, 9, 0));
    changed_route["prices"] = json!([]);
    changed_route["restStops"] = json!(["x"]);
    let writes: [Write<'_>; 7] = [
        (
            "POST",
            "/bookings",
            new_booking,
            &[
                "/journeys/0/passengers/0/passengerName",
                "/journeys/0/passengers/1/passengerName",
                "/contact/name",
            ],
        ),
        ("POST", "/payments", payment(id(&reserved), CARD_THAT_PAYS), &["/cardHolderName"]),
        ("POST", "/bus-features", new_feature, &["/name", "/description"]),
        ("PATCH", &a_feature, json!({"name": "y", "description": "y"}), &["/name", "/description"]),
        ("POST", "/seat-layouts", new_layout, &["/name"]),
        ("PATCH", &a_layout, json!({"name": "y"}), &["/name"]),
        (
            "PATCH",
            &a_route,
            changed_route,
            &["/fromCity", "/toCity", "/stations/0/station", "/restStops/0"],
        ),
    ];
    must_refuse_names_of_nothing(&world, writes);
}
