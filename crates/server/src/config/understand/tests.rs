//! The rules between settings, each broken once.

use super::super::testing::{check, faults, served};
use super::super::{CorsOrigins, Mode, Outcome};

const PRODUCTION: (&str, &str) = ("SEATWIRE_MODE", "production");
const MOCK: (&str, &str) = ("SEATWIRE_ALLOW_MOCK_PAYMENTS", "true");
const SECRET: (&str, &str) = ("SEATWIRE_JWT_SECRET", "c81f94e0b7a25d3687f1c2be09a4d653");

#[test]
fn production_starts_with_a_secret_and_a_word_on_payments_and_is_closed() {
    let config = served(&[], &[PRODUCTION, MOCK, SECRET], "");
    assert_eq!((config.mode, config.demo), (Mode::Production, false));
    assert_eq!(config.cors_origins, CorsOrigins::List(Vec::new()));
    assert_eq!(config.jwt.secret.as_ref().map(|secret| secret.expose()), Some(SECRET.1));
}

#[test]
fn each_rule_of_production() {
    let secret = "SEATWIRE_JWT_SECRET: must be set in production mode (at least 32 bytes)";
    let origins = "must list origins in production mode, not `*`";
    let demo = "must be false in production mode: demo users are public";
    assert_eq!(faults(&[], &[PRODUCTION, MOCK], ""), [secret]);
    assert_eq!(
        faults(&["--cors-origins", "*"], &[PRODUCTION, MOCK, SECRET], ""),
        [format!("--cors-origins: {origins}")]
    );
    assert_eq!(
        faults(&[], &[PRODUCTION, MOCK, SECRET], "demo = true"),
        [format!("seatwire.toml: demo: {demo}")]
    );
    assert_eq!(
        faults(&["--mode=production"], &[MOCK], "demo = true\ncors_origins = ['*']"),
        [
            format!("seatwire.toml: demo: {demo}"),
            secret.to_owned(),
            format!("seatwire.toml: cors_origins: {origins}"),
        ]
    );
    served(&["--mode=development"], &[PRODUCTION], "demo = true\ncors_origins = '*'");
}

#[test]
fn production_refuses_what_is_easily_guessed_all_at_once() {
    let env = [
        PRODUCTION,
        MOCK,
        ("SEATWIRE_JWT_SECRET", "0123456789abcdef0123456789abcdef"),
        ("SEATWIRE_JWT_PREVIOUS_SECRET", "change me, I am a placeholder secret"),
        ("SEATWIRE_ADMIN_EMAIL", "boss@firma.example"),
        ("SEATWIRE_ADMIN_PASSWORD", "Password2024!"),
    ];
    let told = faults(&[], &env, "");
    assert_eq!(
        told,
        [
            "SEATWIRE_JWT_SECRET: is easily guessed; `openssl rand -hex 32` makes one that is not",
            "SEATWIRE_JWT_PREVIOUS_SECRET: is easily guessed; `openssl rand -hex 32` makes one that is not",
            "SEATWIRE_ADMIN_PASSWORD: is one of the most common passwords, or nearly one",
        ]
    );
    served(&["--mode=development"], &env, "");
}

#[test]
fn a_login_goes_on_longer_than_its_token() {
    let env = [("SEATWIRE_REFRESH_TTL", "15m")];
    let told = "SEATWIRE_REFRESH_TTL: must be longer than jwt_ttl: else no login ever goes on";
    assert_eq!(faults(&[], &env, ""), [told]);
    assert!(served(&["--jwt-ttl=5m"], &env, "").jwt.refresh_ttl.is_some());
    assert!(served(&[], &[], "").jwt.refresh_ttl.is_none());
}

#[test]
fn the_secret_before_is_another_one() {
    let env = [SECRET, ("SEATWIRE_JWT_PREVIOUS_SECRET", SECRET.1)];
    let told = "SEATWIRE_JWT_PREVIOUS_SECRET: is the secret that signs now, not the one before it";
    assert_eq!(faults(&[], &env, ""), [told]);
}

#[test]
fn payments_that_move_no_money_have_to_be_allowed() {
    let told = "must be true as long as there is no payment provider but the mock one, which \
                takes any card and moves no money";
    let name = MOCK.0;
    assert_eq!(faults(&[], &[PRODUCTION, SECRET], ""), [format!("{name}: {told}")]);
    for env in [&[(name, "false")] as &[_], &[PRODUCTION, SECRET, (name, "off")]] {
        assert_eq!(faults(&[], env, ""), [format!("{name}: {told}")]);
    }
}

/// An operator who disables an account in a hurry need not have the server's secrets at hand.
#[test]
fn upkeep_needs_none_of_what_serving_needs() {
    let env = [PRODUCTION, ("SEATWIRE_DEMO", "true"), ("SEATWIRE_CORS_ORIGINS", "*")];
    let outcome = check(&["admin", "list"], &env, "");
    assert!(matches!(outcome, Outcome::Administer { .. }), "{outcome:?}");
    assert_eq!(faults(&["admin", "list"], &[("SEATWIRE_DATABASE", "x")], "").len(), 1);
}

#[test]
fn a_mode_that_is_not_understood_adds_no_fault_of_its_own() {
    assert_eq!(faults(&["--mode=prod"], &[], "demo = true").len(), 1);
}

#[test]
fn a_fault_of_a_secret_is_told_once() {
    let env = [PRODUCTION, MOCK, ("SEATWIRE_JWT_SECRET", "short")];
    assert_eq!(faults(&[], &env, "").len(), 1);
    assert_eq!(
        faults(&[], &[PRODUCTION, MOCK], "jwt_secret = 7"),
        ["seatwire.toml: jwt_secret: must be a string, not an integer"]
    );
}

#[test]
fn production_defaults_are_reported_as_they_are() {
    let outcome = check(&["check-config"], &[PRODUCTION, MOCK, SECRET], "");
    let Outcome::LookForAdministrator { text, .. } = outcome else { panic!("{outcome:?}") };
    for line in [
        "mode = production   (SEATWIRE_MODE)",
        "demo = false   (default)",
        "cors_origins = none   (default)",
    ] {
        assert!(text.lines().any(|printed| printed == line), "no `{line}` in\n{text}");
    }
}
