//! Second factors: staff log in with a code from their phone besides the password.

use data_encoding::BASE32_NOPAD;
use ring::hmac;
use serde_json::{Value, json};

use crate::support::api::Answer;
use crate::support::clock::now;
use crate::support::running_server::Launch;
use crate::support::world::{PASSWORD, World, id, text_at};

/// Before that, guessing must have become slow.
const GUESSES_MAX: usize = 10_000;

const AGENT: &str = "agent@test.example";

/// What an authenticator app shows this many half minutes from now (RFC 6238).
fn code(secret: &str, ahead: i64) -> String {
    let secret = BASE32_NOPAD.decode(secret.as_bytes()).expect("base 32");
    let step = now().as_second() / 30 + ahead;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 0xf);
    let word: [u8; 4] = tag.as_ref()[at..at + 4].try_into().expect("four");
    format!("{:06}", (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000)
}

fn log_in(world: &World, code: Option<&str>) -> Answer {
    let mut form = json!({"email": AGENT, "password": PASSWORD});
    if let Some(code) = code {
        form["code"] = json!(code);
    }
    world.nobody.post("/auth/login", &form)
}

/// The secret, and the recovery codes. The code of the half minute before this one is used up.
fn confirmed(world: &World) -> (String, Vec<String>) {
    let begun = world.agent.post("/auth/totp", &json!({"password": PASSWORD})).ok(201);
    let secret = text_at(&begun, "secret").to_owned();
    assert!(text_at(&begun, "uri").contains(&format!("secret={secret}")));
    log_in(world, None).ok(200);
    let wrong = json!({"code": "000000"});
    world.agent.post("/auth/totp/confirm", &wrong).problem(400, "validation_failed");
    let first = json!({"code": code(&secret, -1)});
    let codes = world.agent.post("/auth/totp/confirm", &first).ok(200);
    let codes = codes["recoveryCodes"].as_array().expect("a list").iter();
    (secret, codes.map(|code| code.as_str().expect("a text").to_owned()).collect())
}

#[test]
fn a_login_of_staff_needs_a_code_that_is_taken_once() {
    let world = World::new();
    let wrong = json!({"password": "not this one"});
    world.agent.post("/auth/totp", &wrong).problem(400, "validation_failed");
    let early = json!({"code": "123456"});
    world.agent.post("/auth/totp/confirm", &early).problem(409, "totp_not_begun");
    world.owner.post("/auth/totp", &json!({"password": PASSWORD})).problem(403, "role_required");
    let (secret, codes) = confirmed(&world);
    log_in(&world, None).problem(401, "totp_required");
    log_in(&world, Some("000000")).problem(401, "totp_wrong");
    // However the clocks stand, one of these belongs to this moment or the next.
    let next = code(&secret, 1);
    let session = log_in(&world, Some(&next)).ok(200);
    world.nobody.with_token(text_at(&session, "token")).get("/auth/me").ok(200);
    log_in(&world, Some(&next)).problem(401, "totp_wrong");
    log_in(&world, Some(&code(&secret, 0))).problem(401, "totp_wrong");
    let again = json!({"password": PASSWORD});
    world.agent.post("/auth/totp", &again).problem(409, "totp_enabled");
    // The phone is lost.
    assert_eq!(codes.len(), 10);
    log_in(&world, Some(&codes[0].to_lowercase())).ok(200);
    log_in(&world, Some(&codes[0])).problem(401, "totp_wrong");
    log_in(&world, Some(&codes[1])).ok(200);
    // And the codes are lost too.
    let agent = world.agent.get("/auth/me").ok(200);
    let address = format!("/users/{}/totp", id(&agent));
    world.agent.send("DELETE", &address, &[], None).problem(403, "role_required");
    assert_eq!(world.admin.call("DELETE", &address).status, 204);
    log_in(&world, None).ok(200);
    let trail = world.admin.get(&format!("/audit?actorId={}", id(&agent))).ok(200);
    let actions: Vec<_> = trail.as_array().expect("rows").iter().map(action).collect();
    assert!(actions.contains(&"totp_enabled"), "{actions:?}");
}

/// A token takes the rights of its account as they are when it is used: a login without a code
/// would have those of staff later.
#[test]
fn who_is_no_longer_staff_still_needs_a_code() {
    let world = World::new();
    let (secret, _) = confirmed(&world);
    let address = format!("/users/{}", id(&world.agent.get("/auth/me").ok(200)));
    world.admin.patch(&address, &json!({"role": "CUSTOMER"})).ok(200);
    log_in(&world, None).problem(401, "totp_required");
    log_in(&world, Some("000000")).problem(401, "totp_wrong");
    let session = log_in(&world, Some(&code(&secret, 1))).ok(200);
    assert_eq!(session["user"]["role"], "CUSTOMER");
    // An administrator can take it away, as from staff.
    assert_eq!(world.admin.call("DELETE", &format!("{address}/totp")).status, 204);
    log_in(&world, None).ok(200);
}

/// A million codes are soon tried: wrong ones slow down like wrong passwords, and a right one waits
/// as well.
#[test]
fn codes_cannot_be_guessed() {
    let world = World::new();
    let (secret, _) = confirmed(&world);
    // Until the wait is long enough for a machine that is slow now.
    let is_slow = |_| {
        let answer = log_in(&world, Some("000000"));
        let wait = answer.header("retry-after").map(|wait| wait.parse::<u32>().expect("seconds"));
        wait.is_some_and(|wait| wait >= 8)
    };
    assert!((0..GUESSES_MAX).any(is_slow), "{GUESSES_MAX} codes were tried at once");
    log_in(&world, Some(&code(&secret, 0))).problem(429, "too_many_wrong_passwords");
}

fn action(row: &Value) -> &str {
    text_at(row, "action")
}

#[test]
fn a_second_factor_outlives_a_change_of_the_servers_secret() {
    let [old, new] = ["c81f94e0b7a25d3687f1c2be09a4d653", "0b7a25d3687f1c2be09a4d653c81f94e"];
    let world = World::with(|launch| launch.setting("JWT_SECRET", old));
    let (secret, _) = confirmed(&world);
    let folder = world.folder.path().to_owned();
    let World { server, folder: kept, .. } = world;
    assert_eq!(server.terminate().exit_code, Some(0));
    let launch = Launch::own(&folder).setting("JWT_SECRET", new);
    let server = launch.clone().setting("JWT_PREVIOUS_SECRET", old).run();
    let login = |url: String, code: String| {
        let form = json!({"email": AGENT, "password": PASSWORD, "code": code});
        crate::support::api::Api::new(url).post("/auth/login", &form)
    };
    login(server.url(), code(&secret, 0)).ok(200);
    assert_eq!(server.terminate().exit_code, Some(0));
    // It was sealed again with the new secret.
    let server = launch.run();
    login(server.url(), code(&secret, 1)).ok(200);
    drop(server);
    drop(kept);
}
