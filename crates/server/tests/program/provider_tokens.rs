//! Tokens of an identity provider, whose keys are at an address of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use serde_json::{Value, json};

use crate::handshake_failures::sample as failures;
use crate::last_known::{accounts_can_be_read, accounts_cannot_be_read, plain_head, socket_io};
use crate::support::clock::now;
use crate::support::figures::figure;
use crate::support::raw_connection::RawConnection;
use crate::support::running_server::Launch;
use crate::support::waiting::wait_for;
use crate::support::websocket_frame::{handshake, next_text, opened, text};
use crate::support::world::{World, text_at};

const ISSUER: &str = "https://id.firma.example";

/// A private key that nobody uses but this test; and the modulus of one of 1,024 bits.
const RSA: &str = "\
    MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCa2TSxCKXkOpRC6A6IWrZyk+vw+DUk+ChkJyNRZMr/wZmdZjRe\
    iuwTW5R6IHqZSvNnkdKimIxm4nELtcf7k6KcJjOoP32FwpOHplCHyPVNXbFjQ5Vq+J/Kdfo1KV+zmedWcI8hPv3dASFJ2Hiuh/r6\
    mPtmm7VLlEfB6rb0TTdzUNmIGxmOFBGK2Rw78G/D/PSWAqbaD0o+llCo+hP6tbv6Xd0FahZNqhJ4dEJtaragZ1WibVJo3JmjDTzi\
    8yyhdaKNxopsQMUQR2o+IAxXkWptXVdMbTRBXymQELR9Eb/ra/ihTl8a8Coo4+50qIi/d4nj4vXiZrxNDAgk9K5HbR6VAgMBAAEC\
    ggEACS+S6mCctLQL6Qcqm4ikE5p2T+ptfqaxALX4qKKtzyu9MOLn/ubHV+OiJHeKRk81rsJuCCK8C3tp4Nu1BBXPOuuiO1we1mFD\
    TrP9SXzQnnkNJZoUAk9C7Wf/wokUigs6d7yAJST/Os3PG3oZuKLM7vJF0aGxiM0AT77cgRQWksLUsCF0+kbfPQ7jmcNneYO+6/lP\
    IwPEH6+MCo17qMnuyPTGa3Q+O8FB2HX0YxxazDI+vqykfFRSE3W9BFdKxzd+71bcCcgFN+8Yfh86/8JgxGyPSeIVzdUp7xeq3vz/\
    xfF2VkVJLx5sG/Sw5oYJyudYb51muDin4LpiIKju/LW3YQKBgQDLPzr+VwcvABSCneKqiLx3qnXV1RYAmMDutve52EDvLJpGbHIp\
    zNp3Muq50gSAytyT1GJ9IIg0MQyIS9VeXAny89ku/1UAtRKHD9oWrGehqhq9xN9tHcxJnsPiABSMOAV1HotBGjA2JV0/lKfGb5/5\
    NJm5b+Xbw9d+UdKIaWCe9QKBgQDDCiEbgy4rhcWHJ0v/WPe682dXfgqc7pnCRjGux9O7NpcAQHVNYcfhFsP3lts2JMERppLuG+ld\
    51sZfzWzXypjRyuCVRBQBcf/EceGFxAiflQu/c70dtLxkquHwdM5IxRRMAyXBWbL79nK5UZbGWSr1UZIq6J4LLzWI7ol5A99IQKB\
    gFrjdMMmMd0vwPxEFIfES9uLi9RKzOMJbEWT5qXh8e/C116kwky1AgEJ8POV2lOp5Afrkvt3n9EPGhadKtZefEh8CWQ95EpDrvxc\
    917qTBF8Wyb/shY+nAtUBy66cHXf23jrZsR/LI4aGWAEXx6a7kPn5NKLGpQzONuRRX+g+Ac9AoGAIMEMulAXatu2RnJFAwbv44eI\
    7VqPcbdoPwYGxfFtD12lkjdA+9PV+2kVU/kTq04U1mABANfTIx/9XpTMcekjdzS2i9a5PJcb9SwJM+2fmgtZG+Mn5EooNsWI5O2a\
    CVhoyxGkq6AOmWUYUEicviPPkkPo379jM4df1x583mwkZcECgYA5nfYbSVCXr81rK72+jYFDDDKjNqqiW9lXnJYUdDjCOeqeOEY2\
    jATdgrkm3i4H4/u4vk5r7toLk78PZQgRVI2fO4z62YV4oFmRNoUtL1pqoO9JbmJaGO90Gu45/ay2+z6IlivOFFqtCeytc8kirZUQ\
    Y2+kGZR7e+iMbXIWoEsn3w==\
";
const SHORT: &str = "u0Vgy0h9q2vMTkCEHhGNdts4R0qRFkYAT8fb4OHTYcR40tUNK1gqIneEKkx6_Sq_nEOBzXncorw5uqzbjXEknENwrD\
    N7DCsEJ0By0TbNAQVCm5JkgVwONW6oXowfSjOipsIMAGjG66se4an8lX8MpBn_hoae8rrk7Ar3tQT3V4k";

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
    let everywhere = with(&nobody).call("POST", "/auth/logout?everywhere=true");
    everywhere.problem(403, "forbidden");
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

#[test]
fn a_provider_may_sign_with_rsa() {
    let pair = RsaKeyPair::from_pkcs8(&STANDARD.decode(RSA).unwrap()).unwrap();
    let PublicKeyComponents::<Vec<u8>> { n, e } = pair.public().into();
    let n = URL_SAFE_NO_PAD.encode(n);
    let public = json!({"kty": "RSA", "kid": "rsa", "use": "sig",
        "n": n, "e": URL_SAFE_NO_PAD.encode(e)});
    // Too short to be safe: it is no key at all.
    let short = json!({"kty": "RSA", "kid": "short", "use": "sig", "n": SHORT, "e": "AQAB"});
    let server = KeyServer::start(json!([public, short]));
    let world = world(&server);
    let signed = |head: Value, claims: &Value, padding: &'static dyn RsaEncoding| {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&head), part(claims));
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(padding, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    let head = |algorithm: &str, kid: &str| json!({"alg": algorithm, "kid": kid});
    let mine = claims("elif", &["desk"]);
    let good = signed(head("RS256", "rsa"), &mine, &RSA_PKCS1_SHA256);
    world.nobody.with_token(&*good).get("/tickets/stats").ok(200);
    let (start, signature) = good.rsplit_once('.').unwrap();
    let body = URL_SAFE_NO_PAD.encode(claims("elif", &["boss"]).to_string());
    let tag = ring::hmac::sign(
        &ring::hmac::Key::new(ring::hmac::HMAC_SHA256, n.as_bytes()),
        start.as_bytes(),
    );
    for (what, token) in [
        ("another body", format!("{}.{body}.{signature}", start.split('.').next().unwrap())),
        ("another padding", signed(head("RS256", "rsa"), &mine, &RSA_PSS_SHA256)),
        ("another algorithm", signed(head("PS256", "rsa"), &mine, &RSA_PSS_SHA256)),
        ("another kind of key", signed(head("EdDSA", "rsa"), &mine, &RSA_PKCS1_SHA256)),
        ("the key as a secret", format!("{start}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))),
        ("a short key", signed(head("RS256", "short"), &mine, &RSA_PKCS1_SHA256)),
    ] {
        let answer = world.nobody.with_token(token).get("/auth/me");
        assert_eq!(answer.status, 401, "{what}: {}", answer.text());
    }
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
    let refused = plain_head(&world, &token);
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.to_lowercase().contains("\r\nretry-after: 1\r\n"), "{refused}");
    let connected = socket_io(&world, &token);
    assert_eq!(connected, r#"44/seats,{"message":"Unavailable"}"#);
    for transport in ["websocket", "socketio"] {
        assert_eq!(figure(&world.admin, &failures(transport, "unavailable")), 1.0, "{transport}");
    }
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
