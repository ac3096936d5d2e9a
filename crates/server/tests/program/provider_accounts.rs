//! Accounts of an identity provider's people, beside our own.

use serde_json::json;

use crate::administration::refused;
use crate::provider_tokens::{Key, KeyServer, claims, with_provider};
use crate::support::world::{World, id};

const NEW_PASSWORD: &str = "battery staple 9";

#[test]
fn the_provider_decides_about_its_people() {
    let key = Key::new("one");
    let server = KeyServer::start(json!([key.public()]));
    let world = World::with(with_provider(&server));
    let with = |roles: &[&str]| world.nobody.with_token(key.token(&claims("elif", roles)));
    let me = with(&["desk"]).get("/auth/me").ok(200);
    assert_eq!((&me["origin"], &me["role"]), (&json!("PROVIDER"), &json!("AGENT")));
    assert_eq!(world.admin.get("/auth/me").ok(200)["origin"], "OWN");
    let path = format!("/users/{}", id(&me));
    let shown = || world.admin.get(&path).ok(200);
    assert_eq!(shown()["origin"], "PROVIDER");

    world.admin.patch(&path, &json!({"role": "ADMIN"})).problem(409, "provider_decides");
    assert_eq!(shown()["role"], "AGENT");
    // The newest token says another role: it counts at once, and stands in lists.
    let boss = with(&["boss"]);
    boss.get("/users").ok(200);
    assert_eq!(shown()["role"], "ADMIN");
    // What stands there changes once a minute at the most.
    with(&[]).get("/users").problem(403, "role_required");
    assert_eq!(shown()["role"], "ADMIN");

    // There is no password to prove, to change or to give.
    let change = json!({"oldPassword": "", "newPassword": NEW_PASSWORD});
    boss.patch("/auth/password", &change).problem(409, "provider_decides");
    boss.post("/auth/totp", &json!({"password": ""})).problem(409, "provider_decides");
    let told = refused(world.folder.path(), &["password", "elif@firma.example"], NEW_PASSWORD);
    assert!(told.contains("logs in at the identity provider"), "{told}");
    let login = json!({"email": "elif@firma.example", "password": NEW_PASSWORD});
    world.nobody.post("/auth/login", &login).problem(401, "unauthorized");
    world.admin.patch(&path, &json!({"disabled": true})).ok(200);
    boss.get("/auth/me").problem(401, "unauthorized");
}
