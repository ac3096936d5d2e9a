//! **User** and the session.

use serde_json::json;

use super::shape;
use crate::support::world::{ADMIN_EMAIL, PASSWORD, World, registration};

#[test]
fn a_registration_answers_with_a_session() {
    let world = World::new();
    let mut form = registration("  Yeni@Test.EXAMPLE ", ["Yeni", "Yolcu"]);
    form["phone"] = json!("+90 532 123 45 67");
    let answer = world.nobody.post("/auth/register", &form);
    shape("session_of_a_registration", &answer.ok(201));
    assert!(!answer.text().contains("argon2"));
}

#[test]
fn a_login_answers_with_a_session_and_me_with_its_user() {
    let world = World::new();
    let login = json!({"email": ADMIN_EMAIL, "password": PASSWORD});
    let session = world.nobody.post("/auth/login", &login).ok(200);
    shape("session_of_a_login", &session);
    assert_eq!(world.admin.get("/auth/me").ok(200), session["user"]);
}

#[test]
fn a_shell_may_have_the_bare_token() {
    let world = World::new();
    let login = json!({"email": ADMIN_EMAIL, "password": PASSWORD}).to_string();
    let headers = [("accept", "text/plain")];
    let answer = world.nobody.send("POST", "/auth/login", &headers, Some(login.as_bytes()));
    assert_eq!(answer.status, 200);
    let me = world.nobody.with_token(answer.text()).get("/auth/me").ok(200);
    assert_eq!(me["email"], ADMIN_EMAIL);
}
