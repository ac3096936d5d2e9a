//! Tokens of an identity provider, whose keys are at an address of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::last_known::{accounts_can_be_read, accounts_cannot_be_read, plain, socket_io};
use crate::support::clock::now;
use crate::support::raw_connection::RawConnection;
use crate::support::running_server::Launch;
use crate::support::waiting::wait_for;
use crate::support::websocket_frame::{handshake, next_text, opened, text};
use crate::support::world::{World, text_at};

const ISSUER: &str = "https://id.firma.example";

/// Serves keys over HTTP, and can be out of order.
pub struct KeyServer {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
    keys: Arc<Mutex<Option<Value>>>,
    asked: Arc<AtomicUsize>,
}

impl KeyServer {
    pub fn start(keys: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/keys", listener.local_addr().expect("an address"));
        let (keys, asked) = (Arc::new(Mutex::new(Some(keys))), Arc::new(AtomicUsize::new(0)));
        let (shown, count) = (Arc::clone(&keys), Arc::clone(&asked));
        let heads = Arc::new(Mutex::new(Vec::new()));
        let read = Arc::clone(&heads);
        // Ends with the process of the test.
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
                let head = lines.map_while(Result::ok).take_while(|line| !line.is_empty());
                let head: Vec<String> = head.collect();
                read.lock().expect("whole").push(head.join("\n"));
                let (status, body) = match &*shown.lock().expect("whole") {
                    Some(keys) => ("200 OK", json!({ "keys": keys }).to_string()),
                    None => ("503 Service Unavailable", String::new()),
                };
                let length = body.len();
                let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n");
                drop(stream.write_all((head + &body).as_bytes()));
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { url, heads, keys, asked }
    }

    /// The head of every request, the newest last.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("whole").clone()
    }

    pub fn show(&self, keys: Option<Value>) {
        *self.keys.lock().expect("whole") = keys;
    }
}

pub struct Key {
    id: &'static str,
    pair: Ed25519KeyPair,
}

impl Key {
    pub fn new(id: &'static str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        Self { id, pair: Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("that key") }
    }

    pub fn public(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.pair.public_key().as_ref());
        json!({"kty": "OKP", "crv": "Ed25519", "kid": self.id, "use": "sig", "x": x})
    }

    fn sign(&self, head: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(head), part(claims));
        let signature = self.pair.sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    pub fn token(&self, claims: &Value) -> String {
        self.sign(&json!({"alg": "EdDSA", "kid": self.id}), claims)
    }
}

pub fn claims(subject: &str, roles: &[&str]) -> Value {
    json!({
        "iss": ISSUER, "aud": "seatwire", "sub": subject, "exp": now().as_second() + 600,
        "email": format!("{subject}@firma.example"), "email_verified": true,
        "given_name": "Elif", "family_name": "Kaya", "realm_access": {"roles": roles},
    })
}

pub fn with_provider(server: &KeyServer) -> impl Fn(Launch) -> Launch {
    |launch| {
        launch
            .setting("JWKS_URL", &server.url)
            .setting("JWKS_ISSUER", ISSUER)
            .setting("JWKS_AUDIENCE", "seatwire")
            .setting("JWKS_ROLE_CLAIM", "realm_access.roles")
            .setting("JWKS_ROLES", "desk=AGENT,boss=ADMIN")
            .setting("GATEWAY_AUTH", "required")
    }
}

fn world(server: &KeyServer) -> World {
    World::with(with_provider(server))
}

#[test]
fn whoever_the_provider_vouches_for_is_let_in_with_the_role_that_it_says() {
    let key = Key::new("one");
    let server = KeyServer::start(json!([key.public()]));
    let world = world(&server);
    let with = |token: &str| world.nobody.with_token(token);
    let elif = claims("elif", &["desk", "other"]);
    let me = with(&key.token(&elif)).get("/auth/me").ok(200);
    assert_eq!(me["email"], "elif@firma.example");
    assert_eq!(me["firstName"], "Elif");
    with(&key.token(&elif)).get("/tickets").ok(200);
    with(&key.token(&elif)).get("/users").problem(403, "role_required");
    // The newest token counts, and the account is the same.
    let boss = key.token(&claims("elif", &["boss"]));
    with(&boss).get("/users").ok(200);
    assert_eq!(with(&boss).get("/auth/me").ok(200)["id"], me["id"]);
    let nobody = key.token(&claims("can", &[]));
    with(&nobody).get("/tickets").problem(403, "role_required");
    // Over Socket.IO, too.
    for (token, begins) in [(boss.as_str(), "40/seats,{\"sid\""), ("a.b.c", "44/seats,")] {
        let mut viewer = RawConnection::open(world.server.port);
        viewer.send(handshake("/socket.io/?EIO=4&transport=websocket", ""));
        opened(&mut viewer);
        next_text(&mut viewer);
        viewer.send(text(&format!("40/seats,{}", json!({"token": token}))));
        let said = next_text(&mut viewer);
        assert!(said.starts_with(begins), "{said}");
    }
    // Disabled here, and logged out here.
    let id = text_at(&me, "id");
    assert_eq!(with(&nobody).call("POST", "/auth/logout").status, 204);
    with(&nobody).get("/auth/me").problem(401, "unauthorized");
    world.admin.patch(&format!("/users/{id}"), &json!({"disabled": true})).ok(200);
    with(&boss).get("/auth/me").problem(401, "unauthorized");
    // No password opens such an account.
    for password in ["", "correct horse"] {
        let form = json!({"email": "can@firma.example", "password": password});
        world.nobody.post("/auth/login", &form).problem(401, "unauthorized");
    }
}

#[test]
fn no_other_token_is_anybodys() {
    let (key, other) = (Key::new("one"), Key::new("one"));
    let server = KeyServer::start(json!([key.public()]));
    let world = world(&server);
    let mine = claims("elif", &["boss"]);
    world.nobody.with_token(key.token(&mine)).get("/auth/me").ok(200);
    let changed = |name: &str, value: Value| {
        let mut claims = mine.clone();
        claims[name] = value;
        key.token(&claims)
    };
    let good = key.token(&mine);
    let (_, signature) = good.rsplit_once('.').expect("a token");
    let body = URL_SAFE_NO_PAD.encode(claims("elif", &["boss", "more"]).to_string());
    let head = good.split('.').next().expect("a head");
    // Signed by HMAC with the public key as the secret: the classic confusion.
    let x = URL_SAFE_NO_PAD.encode(key.pair.public_key().as_ref());
    let as_secret = |secret: &[u8]| {
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","kid":"one"}"#),
            URL_SAFE_NO_PAD.encode(mine.to_string())
        );
        let tag = ring::hmac::sign(
            &ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret),
            message.as_bytes(),
        );
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
    };
    let wrong = [
        ("another key", other.token(&mine)),
        ("another body", format!("{head}.{body}.{signature}")),
        ("no signature", key.sign(&json!({"alg": "none"}), &mine)),
        ("another algorithm", key.sign(&json!({"alg": "RS256", "kid": "one"}), &mine)),
        ("an extension", key.sign(&json!({"alg": "EdDSA", "kid": "one", "crit": ["x"]}), &mine)),
        ("the key as a secret", as_secret(key.pair.public_key().as_ref())),
        ("its text as a secret", as_secret(x.as_bytes())),
        ("for somebody else", changed("aud", json!("other"))),
        ("of somebody else", changed("iss", json!("https://other.example"))),
        ("over", changed("exp", json!(now().as_second() - 1))),
        ("not verified", changed("email_verified", json!(false))),
        ("the address of another", changed("sub", json!("somebody else"))),
    ];
    for (what, token) in wrong {
        let answer = world.nobody.with_token(token).get("/auth/me");
        assert_eq!(answer.status, 401, "{what}: {}", answer.text());
    }
    world.nobody.with_token(good).get("/auth/me").ok(200);
}

#[test]
fn keys_are_read_again_for_one_that_is_not_known_and_kept_while_the_provider_is_down() {
    let [one, two, three] = ["one", "two", "three"].map(Key::new);
    let server = KeyServer::start(json!([one.public()]));
    let world = world(&server);
    let of = |key: &Key| world.nobody.with_token(key.token(&claims("elif", &[]))).get("/auth/me");
    wait_for("the keys", || server.asked.load(Ordering::SeqCst) > 0);
    of(&one).ok(200);
    // The provider changes its key.
    server.show(Some(json!([two.public()])));
    of(&two).ok(200);
    of(&one).problem(401, "unauthorized");
    // It is down, and such tokens cannot make the server ask it again and again.
    server.show(None);
    let asked = server.asked.load(Ordering::SeqCst);
    for _ in 0..20 {
        of(&three).problem(401, "unauthorized");
    }
    let asked = server.asked.load(Ordering::SeqCst) - asked;
    assert!(asked <= 3, "{asked} times for 20 tokens");
    of(&two).ok(200);
}

/// Without its keys nobody knows whether a token is good: frontends log out when they are told that
/// it is bad.
#[test]
fn no_token_is_called_bad_while_the_provider_has_never_answered() {
    let one = Key::new("one");
    let server = KeyServer::start(json!([one.public()]));
    server.show(None);
    let world = world(&server);
    let token = one.token(&claims("elif", &[]));
    world.nobody.with_token(&*token).get("/auth/me").problem(503, "unavailable");
    assert_eq!(plain(&world, &token), "HTTP/1.1 503 Service Unavailable");
    let connected = socket_io(&world, &token);
    assert_eq!(connected, r#"44/seats,{"message":"Unavailable"}"#);
}

/// Who was let in a moment ago is let in while accounts cannot be read, as with our own tokens.
#[test]
fn the_last_known_answer_counts_for_the_providers_people_too() {
    let one = Key::new("one");
    let server = KeyServer::start(json!([one.public()]));
    let world = world(&server);
    let elif = world.nobody.with_token(one.token(&claims("elif", &["desk"])));
    wait_for("the keys", || elif.get("/auth/me").status == 200);
    accounts_cannot_be_read(&world);
    let shown = elif.get("/tickets/stats");
    accounts_can_be_read(&world);
    shown.ok(200);
}
