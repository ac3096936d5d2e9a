//! What frontends that were written for the platform's first backend send and read.

use serde_json::{Value, json};

use crate::support::clock::on_day;
use crate::support::world::{PASSWORD, World, id, registration, text_at};

#[test]
fn names_may_be_left_out_of_a_registration_and_are_not_invisible() {
    let world = World::new();
    let register = |email: &str, more: Value| {
        let mut form = json!({"email": email, "password": PASSWORD});
        form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.nobody.post("/auth/register", &form)
    };
    let session = register("none@test.example", json!({})).ok(201);
    assert_eq!(
        (&session["user"]["firstName"], &session["user"]["lastName"]),
        (&json!(""), &json!(""))
    );
    let user = world.nobody.with_token(text_at(&session, "token"));
    assert_eq!(user.get("/auth/me").ok(200), session["user"]);
    let ticket = world.booked(&user, &world.some_route(), 1);
    assert_eq!(ticket["user"]["firstName"], "");
    let first = register("first@test.example", json!({"firstName": "Ayşe", "lastName": null}));
    assert_eq!(first.ok(201)["user"]["firstName"], "Ayşe");
    for invisible in ["", " ", "\u{200b}", "\u{3164}"] {
        let answer = register("x@test.example", json!({"firstName": invisible, "lastName": "A"}));
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), ["/firstName"], "{invisible:?}");
    }
    let mut short = registration("short@test.example", ["A", "B"]);
    short["password"] = json!("1234567");
    let answer = world.nobody.post("/auth/register", &short);
    answer.problem(400, "validation_failed");
    assert_eq!(answer.pointers(), ["/password"]);
}

#[test]
fn a_station_keeps_the_slug_that_somebody_chose() {
    let world = World::new();
    let station = |form: Value| world.admin.post("/stations", &form);
    let made = station(json!({"name": "İzmir Otogarı"})).ok(201);
    assert_eq!(made["slug"], "izmir-otogari");
    let chosen = station(json!({"name": "Ankara", "slug": " AŞTİ  Otogar "})).ok(201);
    assert_eq!(chosen["slug"], "asti-otogar");
    station(json!({"name": "Aşti", "slug": "asti-otogar"})).problem(409, "station_taken");
    for slug in ["", "--", "\u{200b}"] {
        let answer = station(json!({"name": "Van", "slug": slug}));
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), ["/slug"], "{slug:?}");
    }
    let long = station(json!({"name": "Van", "slug": "x".repeat(121)}));
    long.problem(400, "validation_failed");
    assert_eq!(long.pointers(), ["/slug"]);
    let patch = |station: &Value, change: Value| {
        world.admin.patch(&format!("/stations/{}", id(station)), &change).ok(200)["slug"].clone()
    };
    // What was read is sent back; a chosen slug stays when the name changes, one made from the name
    // follows it.
    let read = json!({"name": chosen["name"], "slug": chosen["slug"], "type": chosen["type"]});
    assert_eq!(patch(&chosen, read), "asti-otogar");
    assert_eq!(patch(&chosen, json!({"name": "Ankara Aşti"})), "asti-otogar");
    assert_eq!(patch(&made, json!({"name": "İzmir"})), "izmir");
    assert_eq!(patch(&made, json!({"slug": "smyrna"})), "smyrna");
}

#[test]
fn stations_stand_at_an_older_address_too() {
    let world = World::new();
    for name in ["Bolu", "Van"] {
        world.admin.post("/stations", &json!({"name": name})).ok(201);
    }
    let (new, old) = (world.nobody.get("/stations?q=v"), world.nobody.get("/routes/stations?q=v"));
    assert_eq!(old.header("x-total-count"), Some("1"));
    assert_eq!(old.ok(200), new.ok(200));
    let link = world.nobody.get("/routes/stations?limit=1");
    assert_eq!(link.header("link"), Some("</routes/stations?page=2&limit=1>; rel=\"next\""));
}

#[test]
fn what_was_deleted_is_shown_to_those_who_ask() {
    let world = World::new();
    let asked = [("prefer", "return=representation")];
    let station = world.admin.post("/stations", &json!({"name": "Bolu"})).ok(201);
    let bus = world.bus("34 D 1");
    let route = world.route(on_day(3, 9, 0));
    for (path, object) in [("stations", &station), ("buses", &bus), ("routes", &route)] {
        let path = format!("/{path}/{}", id(object));
        let answer = world.admin.send("DELETE", &path, &asked, None);
        assert_eq!(answer.header("preference-applied"), Some("return=representation"), "{path}");
        assert_eq!(answer.ok(200), *object, "{path}");
        assert_eq!(world.admin.send("DELETE", &path, &asked, None).status, 404, "{path}");
    }
    let bus = world.bus("34 D 2");
    let answer = world.admin.call("DELETE", &format!("/buses/{}", id(&bus)));
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(answer.header("preference-applied"), None);
    // A caller that may not delete it does not see it either.
    let route = world.some_route();
    let path = format!("/routes/{}", id(&route));
    world.agent.send("DELETE", &path, &asked, None).problem(403, "role_required");
}

#[test]
fn a_problem_has_a_sentence_for_every_bad_field() {
    let world = World::new();
    let answer = world.nobody.post("/auth/register", &json!({"email": "x", "password": "1"}));
    let problem = answer.problem(400, "validation_failed");
    let errors = problem["errors"].as_array().unwrap();
    let sentences: Vec<_> = errors
        .iter()
        .map(|error| format!("{} {}", &text_at(error, "pointer")[1..], text_at(error, "message")))
        .collect();
    assert_eq!(sentences.len(), 2, "{problem}");
    assert_eq!(problem["messages"], json!(sentences));
    let mut form = crate::support::world::route_form(id(&world.bus("34 M 1")), on_day(3, 9, 0));
    form["stations"][1]["station"] = json!("");
    let problem = world.agent.post("/routes", &form).problem(400, "validation_failed");
    let first = problem["messages"][0].as_str().unwrap();
    assert!(first.starts_with("stations.1.station must not be empty"), "{first}");
    assert_eq!(world.nobody.get("/auth/me").problem(401, "unauthorized")["messages"], json!([]));
}

#[test]
fn a_ticket_is_sent_back_as_it_is_and_not_as_it_is_not() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    let path = format!("/tickets/{}", id(&ticket));
    let read = json!({
        "fromCity": ticket["fromCity"], "toCity": "ankara ", "status": "RESERVED",
        "paymentStatus": "PENDING", "seatNumber": 2, "gender": ticket["gender"],
        "userPhoneNumber": ticket["userPhoneNumber"], "passengerName": "Can Öz",
    });
    let saved = world.owner.patch(&path, &read).ok(200);
    assert_eq!((&saved["seatNumber"], &saved["passengerName"]), (&json!(2), &json!("Can Öz")));
    for (field, value) in [
        ("fromCity", json!("Bolu")),
        ("toCity", json!("Konya")),
        ("status", json!("CONFIRMED")),
        ("paymentStatus", json!("PAID")),
    ] {
        let mut form = read.clone();
        form["seatNumber"] = json!(3);
        form[field] = value;
        for by in [&world.owner, &world.admin] {
            let answer = by.patch(&path, &form);
            let problem = answer.problem(400, "validation_failed");
            assert_eq!(answer.pointers(), [format!("/{field}")], "{problem}");
            assert!(text_at(&problem, "detail").contains("cannot be changed"), "{problem}");
        }
    }
    assert_eq!(world.owner.get(&path).ok(200), saved, "and nothing has changed");
    // What has changed meanwhile is not overwritten.
    world.agent.call("PATCH", &format!("{path}/confirm")).ok(200);
    let answer = world.owner.patch(&path, &read);
    answer.problem(400, "validation_failed");
    assert_eq!(answer.pointers(), ["/status", "/paymentStatus"]);
}

#[test]
fn whoever_books_for_themselves_issues_the_ticket() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    let sold = world.booked(&world.agent, &route, 2);
    let owner = text_at(&ticket, "userId");
    assert_eq!(ticket["issuedById"], owner);
    assert_eq!(ticket["issuedBy"], ticket["user"]);
    assert_eq!((&sold["userId"], &sold["issuedBy"]["firstName"]), (&Value::Null, &json!("Mehmet")));
    let found = world.admin.get(&format!("/tickets?issuedById={owner}")).ok(200);
    assert_eq!(found.as_array().unwrap().iter().map(id).collect::<Vec<_>>(), [id(&ticket)]);
}

#[test]
fn the_stock_client_is_served_where_its_own_server_serves_it() {
    let world = World::new();
    for name in ["socket.io.js", "socket.io.min.js"] {
        let path = format!("/socket.io/{name}");
        let answer = world.nobody.get(&path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.text().contains("Socket.IO v4."), "{path}");
        let kind = answer.header("content-type").unwrap();
        assert!(kind.starts_with("text/javascript"), "{kind}");
        let known = [("if-none-match", answer.header("etag").unwrap())];
        assert_eq!(world.nobody.send("GET", &path, &known, None).status, 304);
        let packed = world.nobody.send("GET", &path, &[("accept-encoding", "gzip")], None);
        assert_eq!(packed.status, 200);
    }
    assert_eq!(world.nobody.get("/socket.io/other.js").status, 404);
}
