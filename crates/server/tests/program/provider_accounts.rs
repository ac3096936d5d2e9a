//! Accounts of an identity provider's people, beside our own.

use serde_json::json;

use crate::administration::{done, refused, until};
use crate::copy::copy;
use crate::provider_tokens::{Key, KeyServer, claims, with_provider};
use crate::support::api::Api;
use crate::support::postgres::Database;
use crate::support::running_server::Launch;
use crate::support::world::{PASSWORD, World, id, registration};

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

/// Anybody can register any address, also before the person comes for the first time.
#[test]
fn nobody_is_kept_out_by_whoever_registered_their_address() {
    let key = Key::new("one");
    let server = KeyServer::start(json!([key.public()]));
    let world = World::with(with_provider(&server));
    let form = registration("elif@firma.example", ["Sahte", "Elif"]);
    let first = world.nobody.post("/auth/register", &form).ok(201);
    let elif = world.nobody.with_token(key.token(&claims("elif", &["desk"])));
    let me = elif.get("/auth/me").ok(200);
    assert_eq!((&me["email"], &me["origin"]), (&json!("elif@firma.example"), &json!("PROVIDER")));
    assert_ne!(me["id"], first["user"]["id"]);
    elif.get("/tickets/stats").ok(200);
    // Logging in by the address is for whoever had it first, as before.
    let login = json!({"email": "elif@firma.example", "password": PASSWORD});
    assert_eq!(world.nobody.post("/auth/login", &login).ok(200)["user"]["id"], first["user"]["id"]);
    let found = world.admin.get("/users?q=elif@firma.example").ok(200);
    let mut origins: Vec<_> = found.as_array().unwrap().iter().map(|it| &it["origin"]).collect();
    origins.sort_by_key(|origin| origin.to_string());
    assert_eq!(origins, ["OWN", "PROVIDER"]);
    let listed = done(world.folder.path(), &["list"], "");
    let handle = format!("provider-{}@taken.invalid", id(&me));
    assert!(listed.contains(&handle), "{listed}");
    done(world.folder.path(), &["disable", &handle], "");
    until("a disabled account", || elif.get("/auth/me").status == 401);
    let other = world.nobody.with_token(key.token(&claims("can", &[])));
    other.get("/auth/me").ok(200);
}

/// A token can be good for long after the account of its bearer was deleted.
#[test]
fn who_was_deleted_costs_one_write_a_minute() {
    let key = Key::new("one");
    let server = KeyServer::start(json!([key.public()]));
    let world = World::with(with_provider(&server));
    let elif = world.nobody.with_token(key.token(&claims("elif", &[])));
    let path = format!("/users/{}", id(&elif.get("/auth/me").ok(200)));
    assert_eq!(world.admin.call("DELETE", &path).status, 204);
    for _ in 0..10 {
        elif.get("/auth/me").problem(401, "unauthorized");
    }
    let log = world.server.log();
    let tried = log.lines().filter(|line| line.contains("no account can be made for a token"));
    assert_eq!(tried.count(), 1, "{log}");
}

/// Their rows are not like ours: another origin, and an address that is only shown.
#[test]
fn they_move_with_the_company_to_another_database() {
    let key = Key::new("one");
    let keys = KeyServer::start(json!([key.public()]));
    let world = World::with(with_provider(&keys));
    let form = registration("elif@firma.example", ["Sahte", "Elif"]);
    world.nobody.post("/auth/register", &form).ok(201);
    let token = key.token(&claims("elif", &["boss"]));
    let both = |api: &Api| {
        let found = api.with_token(&*token).get("/users?q=elif@firma.example").ok(200);
        assert_eq!(found.as_array().map(Vec::len), Some(2), "{found}");
        found
    };
    let before = both(&world.nobody);
    let World { server, folder, .. } = world;
    server.terminate();
    let database = Database::new();
    let done = copy(folder.path(), &database.url);
    assert_eq!(done.exit_code, Some(0), "{}", done.stderr);
    let launch = Launch::own(folder.path()).setting("DATABASE", &database.url);
    let launch = launch.setting("JWT_SECRET", "c2VhdHdpcmUtdGVzdC1vbmx5LTkxN2Y0");
    let server = with_provider(&keys)(launch).run();
    assert_eq!(both(&Api::new(server.url())), before);
}
