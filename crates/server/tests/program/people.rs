//! Registering and logging in: which roles users get, and what is kept secret.

use serde_json::{Value, json};

use crate::support::world::{ADMIN_EMAIL, PASSWORD, World, log_in, registration};

#[test]
fn only_an_administrator_gives_roles() {
    let world = World::new();
    for role in ["CUSTOMER", "AGENT", "ADMIN"] {
        let email = format!("new-{role}@test.example");
        let mut form = registration(&email, ["Yeni", "Kişi"]);
        form["role"] = json!(role);
        for by in [&world.nobody, &world.owner, &world.agent] {
            by.post("/auth/register", &form).problem(403, "forbidden");
        }
        let session = world.admin.post("/auth/register", &form).ok(201);
        assert_eq!(session["user"]["role"], role);
        assert_eq!(log_in(&world.nobody, &email).get("/auth/me").ok(200)["role"], role);
    }
    let mut form = registration("none@test.example", ["Yeni", "Kişi"]);
    form["role"] = Value::Null;
    assert_eq!(world.nobody.post("/auth/register", &form).ok(201)["user"]["role"], "CUSTOMER");
}

#[test]
fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let world = World::new();
    let told = |email: &str, password: &str| {
        let form = json!({"email": email, "password": password});
        let mut problem = world.nobody.post("/auth/login", &form).problem(401, "unauthorized");
        problem["requestId"] = Value::Null;
        problem
    };
    let wrong = told(ADMIN_EMAIL, "wrong password");
    for (email, password) in [
        ("nobody@test.example", PASSWORD),
        ("not an address", PASSWORD),
        ("", ""),
        (ADMIN_EMAIL, ""),
        (ADMIN_EMAIL, &"x".repeat(10_000)),
        ("' OR 1=1 --", "' OR 1=1 --"),
        ("%@test.example", PASSWORD),
    ] {
        assert_eq!(told(email, password), wrong, "{email}");
    }
}

#[test]
fn an_address_belongs_to_one_account_however_it_is_written() {
    let world = World::new();
    for email in ["owner@test.example", " OWNER@Test.Example "] {
        let form = registration(email, ["Bir", "Başkası"]);
        world.nobody.post("/auth/register", &form).problem(409, "email_taken");
        assert_eq!(log_in(&world.nobody, email).get("/auth/me").ok(200)["firstName"], "Ayşe");
    }
}

#[test]
fn every_fault_of_a_registration_is_told_at_once() {
    let world = World::new();
    let form = json!({
        "email": "nobody", "password": "short", "firstName": "  ", "lastName": "a\u{1b}b",
        "phone": "123",
    });
    let answer = world.nobody.post("/auth/register", &form);
    answer.problem(400, "validation_failed");
    let pointers = ["/email", "/password", "/firstName", "/lastName", "/phone"];
    assert_eq!(answer.pointers(), pointers);
    assert!(!answer.text().contains("short"), "a password is not repeated");
}

/// The demo's logins are public: they must not exist without the demo.
#[test]
fn without_the_demo_nobody_logs_in_as_its_users() {
    let world = World::new();
    let form = json!({"email": "admin@seatwire.example", "password": "admin-demo-1"});
    world.nobody.post("/auth/login", &form).problem(401, "unauthorized");
}
