//! Short-lived tokens, and refresh tokens that can each be used once.

use serde_json::{Value, json};

use crate::support::api::{Answer, Api};
use crate::support::running_server::Launch;
use crate::support::world::{ADMIN_EMAIL, PASSWORD, World, registration, text_at};

fn world() -> World {
    World::with(|launch| launch.setting("JWT_TTL", "15m").setting("REFRESH_TTL", "30d"))
}

fn log_in(world: &World, email: &str) -> Value {
    let form = json!({"email": email, "password": PASSWORD});
    world.nobody.post("/auth/login", &form).ok(200)
}

fn refresh(world: &World, session: &Value) -> Answer {
    let form = json!({"refreshToken": text_at(session, "refreshToken")});
    world.nobody.post("/auth/refresh", &form)
}

fn with(world: &World, session: &Value) -> Api {
    world.nobody.with_token(text_at(session, "token"))
}

#[test]
fn a_login_goes_on_and_a_token_that_is_shown_twice_ends_it() {
    let world = world();
    let first = log_in(&world, "owner@test.example");
    let other = log_in(&world, "owner@test.example");
    let second = refresh(&world, &first).ok(200);
    assert_eq!(second["user"], first["user"]);
    assert_ne!(second["refreshToken"], first["refreshToken"]);
    with(&world, &second).get("/auth/me").ok(200);
    let third = refresh(&world, &second).ok(200);
    refresh(&world, &first).problem(401, "unauthorized");
    refresh(&world, &third).problem(401, "unauthorized");
    refresh(&world, &other).ok(200);
    for wrong in ["", "x", "refresh-0199c0de000070008000000000000001.AAAA"] {
        let form = json!({"refreshToken": wrong});
        world.nobody.post("/auth/refresh", &form).problem(401, "unauthorized");
    }
    // It cannot be used as any other token.
    let as_token = world.nobody.with_token(text_at(&third, "refreshToken"));
    as_token.get("/auth/me").problem(401, "unauthorized");
    let form = registration("yeni@test.example", ["Yeni", "Kişi"]);
    let session = world.nobody.post("/auth/register", &form).ok(201);
    refresh(&world, &session).ok(200);
}

/// The answer is lost because the server stops, to start with another secret.
#[test]
fn an_answer_that_was_lost_is_given_again_after_a_change_of_the_servers_secret() {
    let [old, new] = ["c81f94e0b7a25d3687f1c2be09a4d653", "0b7a25d3687f1c2be09a4d653c81f94e"];
    let short_lived =
        |launch: Launch| launch.setting("JWT_TTL", "15m").setting("REFRESH_TTL", "30d");
    let world = World::with(|launch| short_lived(launch).setting("JWT_SECRET", old));
    let first = log_in(&world, "owner@test.example");
    let second = refresh(&world, &first).ok(200);
    let World { server, folder, .. } = world;
    assert_eq!(server.terminate().exit_code, Some(0));
    let launch = short_lived(Launch::own(folder.path())).setting("JWT_SECRET", new);
    let server = launch.setting("JWT_PREVIOUS_SECRET", old).run();
    let nobody = Api::new(server.url());
    let refresh = |session: &Value| {
        let form = json!({"refreshToken": text_at(session, "refreshToken")});
        nobody.post("/auth/refresh", &form).ok(200)
    };
    let again = refresh(&first);
    assert_eq!(again["refreshToken"], second["refreshToken"], "the same");
    let third = refresh(&again);
    assert_ne!(third["refreshToken"], again["refreshToken"]);
    refresh(&third);
}

/// A network that breaks after the request, or a client that gives up waiting.
#[test]
fn an_answer_that_was_lost_is_given_again() {
    let world = world();
    let first = log_in(&world, "owner@test.example");
    let again = |session: &Value| {
        let asked = std::thread::scope(|scope| {
            let ask = || scope.spawn(|| refresh(&world, session).ok(200));
            [ask(), ask(), ask()].map(|asking| asking.join().unwrap())
        });
        let next = |answer: &Value| text_at(answer, "refreshToken").to_owned();
        assert!(asked.iter().all(|answer| next(answer) == next(&asked[0])), "{asked:?}");
        let [.., last] = asked;
        assert_ne!(next(&last), next(session));
        with(&world, &last).get("/auth/me").ok(200);
        last
    };
    let second = again(&first);
    let third = again(&second);
    // If its next token has been used, the answer was not lost, however short the time.
    refresh(&world, &first).problem(401, "unauthorized");
    refresh(&world, &third).problem(401, "unauthorized");
    let session = log_in(&world, "owner@test.example");
    let next = again(&session);
    assert_eq!(with(&world, &next).call("POST", "/auth/logout").status, 204);
    refresh(&world, &session).problem(401, "unauthorized");
}

/// The login's id stands in every access token, which may lie in a log.
#[test]
fn a_text_that_was_never_a_token_ends_no_login() {
    let world = world();
    let session = log_in(&world, "owner@test.example");
    let token = text_at(&session, "refreshToken");
    let (family, secret) = token.split_once('.').expect("a family and a secret");
    let send = |token: String| world.nobody.post("/auth/refresh", &json!({"refreshToken": token}));
    let mut changed = secret.to_owned().into_bytes();
    changed[0] = if changed[0] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).expect("a text");
    let short = "A".repeat(32);
    let same_length = "A".repeat(secret.len());
    for wrong in ["", "x", &short, &same_length, &changed] {
        send(format!("{family}.{wrong}")).problem(401, "unauthorized");
    }
    let next = refresh(&world, &session).ok(200);
    refresh(&world, &refresh(&world, &next).ok(200)).ok(200);
    // One that was its token once ends it.
    refresh(&world, &session).problem(401, "unauthorized");
    refresh(&world, &next).problem(401, "unauthorized");
}

#[test]
fn it_ends_with_a_logout_a_new_password_and_the_account() {
    let world = world();
    let email = "owner@test.example";
    let session = log_in(&world, email);
    let token = with(&world, &session);
    assert_eq!(token.call("POST", "/auth/logout").status, 204);
    refresh(&world, &session).problem(401, "unauthorized");

    let session = log_in(&world, email);
    let next = refresh(&world, &session).ok(200);
    let form = json!({"oldPassword": PASSWORD, "newPassword": "battery staple 9"});
    let changed = with(&world, &next).patch("/auth/password", &form).ok(200);
    refresh(&world, &next).problem(401, "unauthorized");
    let on = refresh(&world, &changed).ok(200);
    let id = text_at(&on["user"], "id").to_owned();
    world.admin.patch(&format!("/users/{id}"), &json!({"disabled": true})).ok(200);
    refresh(&world, &on).problem(401, "unauthorized");
}

#[test]
fn without_the_setting_there_are_none() {
    let world = World::new();
    let session = log_in(&world, ADMIN_EMAIL);
    assert!(session.get("refreshToken").is_none(), "{session}");
    let form = json!({"refreshToken": "refresh-0199c0de000070008000000000000001.AAAA"});
    world.nobody.post("/auth/refresh", &form).problem(401, "unauthorized");
}
