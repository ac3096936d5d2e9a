//! What a token of the provider says: who the bearer is, until when, and with which role.

use domain::Role;
use domain::user::email;
use jiff::Timestamp;
use serde_json::Value;

use crate::config::ProviderConfig;

/// How far ahead the provider's clock may be.
const AHEAD_SECONDS_MAX: i64 = 60;
/// OpenID Connect Core, section 2: a subject has at most 255 characters.
const SUBJECT_BYTES_MAX: usize = 255;
const NAME_CHARS_MAX: usize = 100;

#[derive(Debug)]
pub(super) struct Claims {
    pub(super) subject: String,
    /// In its normal form.
    pub(super) email: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) role: Role,
    /// Seconds since 1970; 0 where the token does not say it.
    pub(super) issued: i64,
    /// Seconds since 1970.
    pub(super) expires: i64,
}

impl Claims {
    /// `None`: the token is for another service, has expired, or lacks a claim.
    pub(super) fn read(body: &[u8], config: &ProviderConfig, now: Timestamp) -> Option<Self> {
        let claims: Value = serde_json::from_slice(body).ok()?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let is_for_us = match claims.get("aud")? {
            Value::String(one) => *one == config.audience,
            Value::Array(all) => all.iter().any(|one| one.as_str() == Some(&config.audience)),
            _ => false,
        };
        if !is_for_us || text("iss")? != config.issuer {
            return None;
        }
        let second = now.as_second();
        let expires = claims.get("exp").and_then(Value::as_i64).filter(|exp| *exp > second)?;
        let from = claims.get("nbf").map_or(Some(i64::MIN), Value::as_i64)?;
        if from > second.saturating_add(AHEAD_SECONDS_MAX) {
            return None;
        }
        // An address that the provider itself has not verified identifies no one.
        if claims.get("email_verified").is_some_and(|verified| *verified != Value::Bool(true)) {
            return None;
        }
        let subject = text("sub").filter(|it| !it.is_empty() && it.len() <= SUBJECT_BYTES_MAX)?;
        let name = |claim| -> String {
            text(claim).unwrap_or_default().trim().chars().take(NAME_CHARS_MAX).collect()
        };
        Some(Self {
            subject: subject.to_owned(),
            email: email(text("email")?).ok()?,
            first_name: name("given_name"),
            last_name: name("family_name"),
            role: role(&claims, config),
            issued: claims.get("iat").and_then(Value::as_i64).unwrap_or_default(),
            expires,
        })
    }
}

/// The highest of the mapped roles; a user without one is a customer.
fn role(claims: &Value, config: &ProviderConfig) -> Role {
    let said = config.role_claim.split('.').try_fold(claims, |inside, name| inside.get(name));
    let has = |word: &str| match said {
        Some(Value::String(one)) => one == word,
        Some(Value::Array(all)) => all.iter().any(|one| one.as_str() == Some(word)),
        _ => false,
    };
    let mapped = |role| config.roles.iter().any(|(word, to)| *to == role && has(word));
    [Role::Admin, Role::Agent].into_iter().find(|role| mapped(*role)).unwrap_or(Role::Customer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn config(claim: &str) -> ProviderConfig {
        ProviderConfig {
            jwks_url: http::Uri::from_static("http://localhost/keys"),
            issuer: "https://id.firma.example".to_owned(),
            audience: "seatwire".to_owned(),
            role_claim: claim.to_owned(),
            roles: vec![("boss".to_owned(), Role::Admin), ("desk".to_owned(), Role::Agent)],
        }
    }

    fn claims(change: Value) -> Value {
        let mut claims = json!({
            "iss": "https://id.firma.example", "aud": "seatwire", "sub": "7", "exp": 1_100,
            "email": "Ayse@Firma.example", "given_name": "Ayşe",
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    fn read(claim: &str, change: Value) -> Option<Claims> {
        let now = Timestamp::from_second(1_000).unwrap();
        Claims::read(claims(change).to_string().as_bytes(), &config(claim), now)
    }

    #[test]
    fn who_it_is_and_which_role_that_makes() {
        let read_one = read("role", json!({})).unwrap();
        assert_eq!(
            (read_one.email.as_str(), read_one.first_name.as_str()),
            ("ayse@firma.example", "Ayşe")
        );
        assert_eq!((read_one.role, read_one.expires), (Role::Customer, 1_100));
        for (claim, change, role) in [
            ("role", json!({"role": "boss"}), Role::Admin),
            ("role", json!({"role": ["x", "desk"]}), Role::Agent),
            ("role", json!({"role": ["desk", "boss"]}), Role::Admin),
            ("role", json!({"role": "ADMIN"}), Role::Customer),
            ("role", json!({"role": {"boss": true}}), Role::Customer),
            ("realm_access.roles", json!({"realm_access": {"roles": ["desk"]}}), Role::Agent),
        ] {
            assert_eq!(read(claim, change.clone()).unwrap().role, role, "{claim} {change}");
        }
    }

    #[test]
    fn what_is_for_others_over_or_unclear_is_refused() {
        for change in [
            json!({"iss": "https://other.example"}),
            json!({"aud": "other"}),
            json!({"aud": ["other"]}),
            json!({"aud": null}),
            json!({"exp": 1_000}),
            json!({"exp": "1100"}),
            json!({"nbf": 1_061}),
            json!({"nbf": "1"}),
            json!({"sub": ""}),
            json!({"email": "no address"}),
            json!({"email_verified": false}),
            json!({"email_verified": "true"}),
        ] {
            assert!(read("role", change.clone()).is_none(), "{change}");
        }
        assert!(read("role", json!({"aud": ["a", "seatwire"], "nbf": 1_060})).is_some());
        assert!(read("role", json!({"email_verified": true})).is_some());
    }
}
