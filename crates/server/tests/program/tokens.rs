//! Tokens: whom they name, until when, and which signatures are refused.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::clock::now;
use crate::support::event_reader::watch;
use crate::support::running_server::Launch;
use crate::support::world::{ADMIN_EMAIL, World, booking, id, log_in, registration};

const SECRET: &str = "c81f94e0b7a25d3687f1c2be09a4d653";
/// `{"alg":"none","typ":"JWT"}`
const UNSIGNED_HEAD: &str = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";

fn world() -> World {
    World::with(|launch| launch.setting("JWT_SECRET", SECRET))
}

fn claims(user: &Value) -> Value {
    let now = now().as_second();
    json!({
        "sub": user["id"], "email": user["email"], "role": user["role"], "iat": now,
        "exp": now + 3_600, "jti": "0199c0de-0000-7000-8000-000000000001",
    })
}

fn signed(algorithm: Algorithm, claims: &Value, secret: &str) -> String {
    with_header(&Header::new(algorithm), claims, secret)
}

fn with_header(header: &Header, claims: &Value, secret: &str) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(header, claims, &key).unwrap()
}

/// RFC 7515, 4.1.11: every extension that is named there must be understood.
fn critical(claims: &Value, names: &[&str]) -> String {
    let mut header = Header::new(Algorithm::HS256);
    header.crit = Some(names.iter().map(|&name| name.to_owned()).collect());
    names.iter().for_each(|name| header.extras.insert(*name, true));
    with_header(&header, claims, SECRET)
}

#[test]
fn a_token_with_the_right_claims_and_signature_is_taken() {
    let world = world();
    let me = world.owner.get("/auth/me").ok(200);
    let mut claims = claims(&me);
    let token = signed(Algorithm::HS256, &claims, SECRET);
    assert_eq!(world.nobody.with_token(token).get("/auth/me").ok(200), me);
    // "Not before now" is good now. A header that is not marked as critical may be ignored.
    claims["nbf"] = json!(now().as_second());
    let mut header = Header::new(Algorithm::HS256);
    header.extras.insert("exp", true);
    let token = with_header(&header, &claims, SECRET);
    assert_eq!(world.nobody.with_token(token).get("/auth/me").ok(200), me);
}

/// The control for this table is the test above: only the difference is refused.
#[test]
fn tokens_that_are_expired_forged_or_damaged_are_refused_everywhere() {
    let world = world();
    let route = world.some_route();
    let admin = world.admin.get("/auth/me").ok(200);
    let with = |change: fn(&mut Value)| {
        let mut claims = claims(&admin);
        change(&mut claims);
        signed(Algorithm::HS256, &claims, SECRET)
    };
    let good = signed(Algorithm::HS256, &claims(&admin), SECRET);
    let [head, body, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("{good}") };
    let other = signed(Algorithm::HS256, &claims(&admin), &SECRET.replace('f', "e"));
    let other_body = with(|claims| claims["role"] = json!("AGENT"));
    let other_body = other_body.split('.').nth(1).unwrap();
    let tokens = [
        ("expired", with(|claims| claims["exp"] = json!(now().as_second() - 1))),
        ("expiring now", with(|claims| claims["exp"] = json!(now().as_second()))),
        ("expired in 1970", with(|claims| claims["exp"] = json!(-1))),
        ("not good yet", with(|claims| claims["nbf"] = json!(now().as_second() + 600))),
        ("not good for ages", with(|claims| claims["nbf"] = json!(i64::MAX))),
        ("not before no time", with(|claims| claims["nbf"] = json!("now"))),
        ("critical extension", critical(&claims(&admin), &["exp"])),
        ("critical about the body", critical(&claims(&admin), &["b64"])),
        ("critical about nothing", critical(&claims(&admin), &[])),
        ("without expiry", with(|claims| drop(claims.as_object_mut().unwrap().remove("exp")))),
        ("without subject", with(|claims| drop(claims.as_object_mut().unwrap().remove("sub")))),
        ("subject no id", with(|claims| claims["sub"] = json!("admin"))),
        ("unknown role", with(|claims| claims["role"] = json!("ROOT"))),
        ("unknown person", with(|claims| claims["sub"] = claims["jti"].clone())),
        ("signed with another key", other),
        ("signed with another algorithm", signed(Algorithm::HS512, &claims(&admin), SECRET)),
        ("alg none", format!("{UNSIGNED_HEAD}.{body}.")),
        ("alg none, with the signature", format!("{UNSIGNED_HEAD}.{body}.{signature}")),
        ("without signature", format!("{head}.{body}.")),
        ("another's body", format!("{head}.{other_body}.{signature}")),
        ("cut", good[..good.len() - 1].to_owned()),
        ("two parts", format!("{head}.{body}")),
        ("no token", "x".to_owned()),
        ("long", "a".repeat(8_000)),
    ];
    for (what, token) in tokens {
        let bearer = world.nobody.with_token(&*token);
        let bus = json!({"plate": "34 X 1", "model": "M", "seatCount": 1});
        for (method, path, body) in [
            ("GET", "/auth/me", Value::Null),
            ("GET", "/tickets", Value::Null),
            // Where no token is needed, a token that is sent has to be good all the same.
            ("GET", "/routes", Value::Null),
            ("POST", "/tickets", booking(&route, 1)),
            ("POST", "/buses", bus),
        ] {
            let body = (!body.is_null()).then(|| body.to_string());
            let answer = bearer.send(method, path, &[], body.as_deref().map(str::as_bytes));
            assert_eq!(answer.status, 401, "{what}: {method} {path}: {}", answer.text());
            answer.problem(401, "unauthorized");
        }
        let stream = format!("/routes/{}/events?token={token}", id(&route));
        world.nobody.get(&stream).problem(401, "unauthorized");
    }
    assert_eq!(world.seq(id(&route)), 0);
    world.nobody.get("/buses/plate/34%20X%201").problem(404, "bus_not_found");
}

#[test]
fn a_header_that_is_no_bearer_token_is_refused() {
    let world = World::new();
    let token = world.owner.token.as_deref().unwrap();
    for header in ["", "Bearer", "Basic YTpi", token, &format!("Token {token}")] {
        let answer = world.nobody.send("GET", "/routes", &[("authorization", header)], None);
        answer.problem(401, "unauthorized");
    }
    let header = format!("bearer  {token} ");
    world.nobody.send("GET", "/auth/me", &[("authorization", &header)], None).ok(200);
}

#[test]
fn a_token_lives_as_long_as_it_was_configured_to() {
    let world = World::with(|launch| launch.setting("JWT_SECRET", SECRET));
    let folder = tempfile::tempdir().unwrap();
    let launch = Launch::own(folder.path()).setting("JWT_SECRET", SECRET).setting("JWT_TTL", "90m");
    let server = launch.run();
    let token = log_in(&Api::new(server.url()), ADMIN_EMAIL).token.unwrap();
    let lifetime = |token: &str| {
        let key = jsonwebtoken::DecodingKey::from_secret(SECRET.as_bytes());
        let checked = jsonwebtoken::Validation::new(Algorithm::HS256);
        let claims = jsonwebtoken::decode::<Value>(token, &key, &checked).unwrap().claims;
        for claim in ["sub", "email", "role", "jti"] {
            assert!(claims[claim].is_string(), "{claim}: {claims}");
        }
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()
    };
    assert_eq!(lifetime(&token), 90 * 60);
    assert_eq!(lifetime(world.owner.token.as_deref().unwrap()), 7 * 24 * 60 * 60);
}

#[test]
fn the_people_of_a_deleted_database_are_nobody() {
    let world = world();
    let tokens = [&world.admin, &world.agent, &world.owner].map(|api| api.token.clone().unwrap());
    let World { server, folder, .. } = world;
    server.terminate();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    let server = Launch::own(folder.path()).setting("JWT_SECRET", SECRET).run();
    let nobody = Api::new(server.url());
    let admin = log_in(&nobody, ADMIN_EMAIL);
    let bus = json!({"plate": "34 N 1", "model": "M", "seatCount": 2});
    let bus = admin.post("/buses", &bus).ok(201);
    let departure = crate::support::clock::on_day(3, 9, 0);
    let form = crate::support::world::route_form(id(&bus), departure);
    let route = admin.post("/routes", &form).ok(201);
    for token in tokens {
        let ghost = nobody.with_token(&*token);
        for path in [
            "/auth/me",
            "/tickets",
            "/tickets/my-tickets",
            "/tickets/stats",
            "/payments/history",
            "/websocket/stats",
            "/routes",
        ] {
            ghost.get(path).problem(401, "unauthorized");
        }
        ghost.post("/tickets", &booking(&route, 1)).problem(401, "unauthorized");
        ghost.post("/stations", &json!({"name": "A"})).problem(401, "unauthorized");
        let mut agent = registration("x@test.example", ["X", "X"]);
        agent["role"] = json!("ADMIN");
        ghost.post("/auth/register", &agent).problem(401, "unauthorized");
        ghost.get(&format!("/routes/{}/events", id(&route))).problem(401, "unauthorized");
    }
    assert_eq!(watch(&nobody, id(&route), None).next().id, Some(0));
}

/// The operator changes the secret twice: the first change logs no user out.
#[test]
fn a_token_outlives_one_change_of_the_secret() {
    const NEXT: &str = "7d10c4be93f5a6e20817f3d9b4ca265e";
    const LAST: &str = "e4b90d7a1c6f8253ab07d5e9316c4f82";
    let folder = tempfile::tempdir().unwrap();
    let on = |secret: &str, previous: Option<&str>| {
        let launch = Launch::own(folder.path()).setting("JWT_SECRET", secret);
        let launch = match previous {
            Some(previous) => launch.setting("JWT_PREVIOUS_SECRET", previous),
            None => launch,
        };
        launch.run()
    };
    let server = on(SECRET, None);
    let first = log_in(&Api::new(server.url()), ADMIN_EMAIL);
    drop(server);
    let server = on(NEXT, Some(SECRET));
    let api = Api::new(server.url());
    let second = log_in(&api, ADMIN_EMAIL);
    for token in [&first, &second] {
        api.with_token(token.token.clone().unwrap()).get("/auth/me").ok(200);
    }
    drop(server);
    let server = on(LAST, Some(NEXT));
    let api = Api::new(server.url());
    api.with_token(second.token.unwrap()).get("/auth/me").ok(200);
    api.with_token(first.token.unwrap()).get("/auth/me").problem(401, "unauthorized");
    // A token that names an unknown key.
    let me = log_in(&api, ADMIN_EMAIL).get("/auth/me").ok(200);
    let mut header = Header::new(Algorithm::HS256);
    let is_taken = |header: &Header| {
        let token = with_header(header, &claims(&me), LAST);
        api.with_token(token).get("/auth/me").status == 200
    };
    assert!(is_taken(&header), "the control");
    header.kid = Some("another".to_owned());
    assert!(!is_taken(&header));
}
