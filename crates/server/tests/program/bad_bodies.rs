//! Bad bodies: each gets one clear answer, and nothing is written.

use serde_json::{Value, json};

use crate::support::api::{Answer, Api};
use crate::support::clock::on_day;
use crate::support::world::{
    CARD_THAT_PAYS, World, booking, id, payment, registration, route_form,
};

const BODY_BYTES_MAX: usize = 64 * 1024;

/// Every address that takes a body, with a body that it accepts.
fn writes(world: &World) -> Vec<(&Api, &'static str, String, Value)> {
    let route = world.some_route();
    let ticket = id(&world.booked(&world.owner, &route, 1)).to_owned();
    let bus = id(&route["bus"]).to_owned();
    let station = world.admin.post("/stations", &json!({"name": "Bolu"})).ok(201);
    vec![
        (
            &world.nobody,
            "POST",
            "/auth/register".into(),
            registration("n@test.example", ["A", "B"]),
        ),
        (
            &world.nobody,
            "POST",
            "/auth/login".into(),
            json!({"email": "a@b.cd", "password": "12345678"}),
        ),
        (&world.admin, "POST", "/stations".into(), json!({"name": "Van"})),
        (&world.admin, "PATCH", format!("/stations/{}", id(&station)), json!({"name": "Muş"})),
        (
            &world.admin,
            "POST",
            "/buses".into(),
            json!({"plate": "1 A", "model": "M", "seatCount": 1}),
        ),
        (&world.admin, "PATCH", format!("/buses/{bus}"), json!({"model": "N"})),
        (&world.agent, "POST", "/routes".into(), route_form(&bus, on_day(4, 9, 0))),
        (&world.agent, "PATCH", format!("/routes/{}", id(&route)), json!({"price": 1})),
        (&world.owner, "POST", "/tickets".into(), booking(&route, 2)),
        (&world.owner, "PATCH", format!("/tickets/{ticket}"), json!({"passengerName": "X"})),
        (&world.owner, "POST", "/payments".into(), payment(&ticket, CARD_THAT_PAYS)),
    ]
}

/// Everything that a write could have changed.
fn traces(world: &World) -> Value {
    let staff = |path: &str| world.admin.get(path).json();
    json!([
        staff("/stations"),
        staff("/buses"),
        staff("/routes?limit=100"),
        staff("/tickets?limit=100"),
        staff("/tickets/stats"),
        world.owner.get("/payments/history").json(),
        world
            .nobody
            .post(
                "/auth/login",
                &json!({"email": "n@test.example", "password": crate::support::world::PASSWORD})
            )
            .status,
    ])
}

#[test]
fn a_bad_body_is_refused_everywhere_and_leaves_no_trace() {
    let world = World::new();
    let writes = writes(&world);
    let before = traces(&world);
    for (by, method, path, good) in &writes {
        let send = |body: &[u8]| -> Answer { by.send(method, path, &[], Some(body)) };
        let text = good.to_string();
        let nested = format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000));
        for (what, body) in [
            ("nothing", ""),
            ("a word", "hello"),
            ("a cut object", &text[..text.len() - 1]),
            ("something behind it", &format!("{text}x")),
            ("two of them", &format!("{text}{text}")),
            ("a form", "email=a%40b.cd&password=x"),
            ("single quotes", &text.replace('"', "'")),
            ("a lone surrogate", r#"{"\ud800": 1}"#),
            ("a raw NUL", "{\"\0\": 1}"),
            ("nothing but depth", &nested),
        ] {
            let answer = send(body.as_bytes());
            assert_eq!(answer.status, 400, "{what} to {method} {path}: {}", answer.text());
            let code = answer.json()["code"].as_str().unwrap().to_owned();
            assert!(["malformed_json", "validation_failed"].contains(&&*code), "{what}: {code}");
            answer.problem(400, &code);
        }
        send(b"\xff\xfe\x00").problem(400, "malformed_json");
        for other in [json!([]), json!(null), json!(7), json!("x"), json!([good])] {
            let answer = send(other.to_string().as_bytes());
            answer.problem(400, "validation_failed");
        }
        let mut more = good.clone();
        more["isAdmin"] = json!(true);
        let answer = send(more.to_string().as_bytes());
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), ["/isAdmin"], "{method} {path}");
        let large = format!("{text}{}", " ".repeat(BODY_BYTES_MAX + 1 - text.len()));
        send(large.as_bytes()).problem(413, "payload_too_large");
    }
    assert_eq!(traces(&world), before);
}

/// The control: these same bodies are good, even when they fill the limit.
#[test]
fn the_good_bodies_are_taken_up_to_the_limit() {
    let world = World::new();
    for (by, method, path, good) in writes(&world) {
        let text = good.to_string();
        let full = format!("{text}{}", " ".repeat(BODY_BYTES_MAX - text.len()));
        let answer = by.send(method, &path, &[], Some(full.as_bytes()));
        // There is no account with this login.
        let is_login = path == "/auth/login" && answer.status == 401;
        assert!(answer.status < 300 || is_login, "{method} {path}: {}", answer.text());
    }
}

#[test]
fn all_bad_fields_are_named_at_once_and_in_plain_words() {
    let world = World::new();
    let mut body = booking(&world.some_route(), 2);
    body["routeId"] = json!("abc");
    body["seatNumber"] = json!("7");
    body["gender"] = json!("x");
    body["passengerName"] = json!(5);
    body["isAdmin"] = json!(true);
    body.as_object_mut().unwrap().remove("toCity");
    let answer = world.owner.post("/tickets", &body);
    let problem = answer.problem(400, "validation_failed");
    let told: Vec<String> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            let text = |name: &str| error[name].as_str().unwrap().to_owned();
            format!("{} {}", text("pointer"), text("message"))
        })
        .collect();
    assert_eq!(
        told,
        [
            "/gender must be one of MALE, FEMALE, OTHER",
            "/isAdmin is not known",
            "/passengerName must be text",
            "/routeId must be a UUID",
            "/seatNumber must be a whole number",
            "/toCity is required",
        ]
    );
    let answer = world.owner.post("/tickets", &json!({}));
    let required = ["fromCity", "gender", "passengerName", "routeId", "seatNumber", "toCity"];
    for field in required {
        assert!(answer.pointers().contains(&format!("/{field}")), "{field}: {}", answer.text());
    }
}

/// serde could read a struct from a list, with the fields by position.
#[test]
fn a_list_of_the_right_values_is_no_body() {
    let world = World::new();
    let route = world.some_route();
    let values = json!([id(&route), "İstanbul", "Ankara", 30, "MALE", "5321234567", "Can", null]);
    let answer = world.owner.post("/tickets", &values);
    let problem = answer.problem(400, "validation_failed");
    assert_eq!(problem["detail"], "must be a JSON object");
}

#[test]
fn a_required_field_that_is_absent_and_one_of_another_type_are_named() {
    let world = World::new();
    for (by, method, path, good) in writes(&world) {
        for field in good.as_object().unwrap().keys() {
            let pointer = format!("/{field}");
            let mut other = good.clone();
            // No field of the contract accepts this.
            other[field] = json!({"a": [1]});
            let answer = by.send(method, &path, &[], Some(other.to_string().as_bytes()));
            answer.problem(400, "validation_failed");
            assert!(
                answer.pointers()[0].starts_with(&pointer),
                "{path} {field}: {}",
                answer.text()
            );
            if method == "POST" && !OPTIONAL.contains(&&**field) {
                let mut less = good.clone();
                less.as_object_mut().unwrap().remove(field);
                let answer = by.send(method, &path, &[], Some(less.to_string().as_bytes()));
                answer.problem(400, "validation_failed");
                assert_eq!(answer.pointers(), [pointer], "{path}: {}", answer.text());
            }
        }
    }
}

const OPTIONAL: [&str; 5] = ["stations", "prices", "tcKimlikNo", "firstName", "lastName"];

#[test]
fn a_field_that_stands_twice_is_refused() {
    let world = World::new();
    let body = br#"{"email": "a@b.cd", "password": "12345678", "email": "c@d.ef"}"#;
    let answer = world.nobody.send("POST", "/auth/login", &[], Some(body));
    answer.problem(400, "validation_failed");
    assert_eq!(answer.pointers(), ["/email"]);
}

/// Under a key it would be kept for a day, several times over.
#[test]
fn a_name_as_long_as_a_body_is_told_in_short() {
    let world = World::new();
    let mut body = json!({});
    body["x".repeat(60_000)] = json!(1);
    let answer = world.nobody.post("/holds", &body);
    let problem = answer.problem(400, "validation_failed");
    let pointers = answer.pointers();
    let named = pointers.iter().find(|pointer| pointer.starts_with("/x")).unwrap();
    assert_eq!(named, &format!("/{}…", "x".repeat(64)));
    assert!(problem.to_string().len() < 4_096, "{}", problem.to_string().len());
}
