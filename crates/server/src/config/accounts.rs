//! The key that signs tokens, and the first ADMIN.
//!
//! A key too short to be safe is refused in every mode (RFC 7518, 3.2: HS256 needs 256 bits). No
//! message here repeats a secret. Whether an account exists already, only the store knows.

use std::time::Duration;

use store::DataKeys;

use super::Secret;
use super::fault::quoted;

const JWT_SECRET_BYTES_MIN: usize = 32;
const PASSWORD_CHARS_MIN: usize = 8;
/// RFC 5321, 4.5.3.1: the longest path of a mail.
const EMAIL_BYTES_MAX: usize = 254;

/// How tokens are made.
#[derive(Debug, Clone)]
pub(crate) struct JwtConfig {
    /// `None` only in development: then it is created once and kept beside the database
    /// (`secret_file::load_or_create`).
    pub(crate) secret: Option<Secret>,
    /// Tokens that it has signed are still accepted.
    pub(crate) previous_secret: Option<Secret>,
    pub(crate) ttl: Duration,
    /// For refresh tokens; `None`: there are none.
    pub(crate) refresh_ttl: Option<Duration>,
}

/// The first ADMIN, to be created if missing.
#[derive(Debug, Clone)]
pub(crate) struct AdminAccount {
    pub(crate) email: String,
    pub(crate) password: Secret,
}

pub(super) fn jwt_secret(text: &str) -> Result<Secret, String> {
    match text.len() {
        JWT_SECRET_BYTES_MIN.. => Ok(Secret::new(text.to_owned())),
        length => {
            Err(format!("must be at least {JWT_SECRET_BYTES_MIN} bytes long, and has {length}"))
        }
    }
}

/// The keys that encrypt personal values. A key is not repeated in a fault.
pub(super) fn data_keys(text: &str) -> Result<DataKeys, String> {
    DataKeys::parse(text).map_err(|error| error.to_string())
}

pub(super) fn admin_password(text: &str) -> Result<Secret, String> {
    if text.chars().count() < PASSWORD_CHARS_MIN {
        return Err(format!("must have at least {PASSWORD_CHARS_MIN} characters"));
    }
    Ok(Secret::new(text.to_owned()))
}

/// Only an address that is impossible as a login is refused; whether mail arrives is another
/// question.
pub(super) fn admin_email(text: &str) -> Result<String, String> {
    let plausible = text.len() <= EMAIL_BYTES_MAX
        && !text.contains(char::is_whitespace)
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
    if !plausible {
        return Err(format!("{} is not an e-mail address", quoted(text)));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{faults, served};

    const EMAIL: &str = "SEATWIRE_ADMIN_EMAIL";
    const PASSWORD: &str = "SEATWIRE_ADMIN_PASSWORD";

    #[test]
    fn an_admin_is_an_email_and_a_password() {
        let admin = served(&[], &[(EMAIL, "a@b"), (PASSWORD, "şifreşif")], "").admin;
        let Some(admin) = admin else { panic!("no admin") };
        assert_eq!((admin.email.as_str(), admin.password.expose()), ("a@b", "şifreşif"));
    }

    #[test]
    fn half_an_admin_is_a_fault_once() {
        for (env, fault) in [
            (
                vec![(EMAIL, "a@b.c")],
                "SEATWIRE_ADMIN_PASSWORD: must be set together with admin_email",
            ),
            (
                vec![(PASSWORD, "long enough")],
                "SEATWIRE_ADMIN_EMAIL: must be set together with admin_password",
            ),
            (
                vec![(EMAIL, "a@b.c"), (PASSWORD, "şifreşi")],
                "SEATWIRE_ADMIN_PASSWORD: must have at least 8 characters",
            ),
            (
                vec![(EMAIL, "ada"), (PASSWORD, "long enough")],
                "SEATWIRE_ADMIN_EMAIL: \"ada\" is not an e-mail address",
            ),
        ] {
            assert_eq!(faults(&[], &env, ""), [fault]);
        }
    }

    #[test]
    fn addresses_that_cannot_be_one_are_refused() {
        for email in ["", "a", "@", "a@", "@b", "a@b@c", "a b@c", &format!("{}@b", "a".repeat(253))]
        {
            assert!(super::admin_email(email).is_err(), "{email}");
        }
    }

    #[test]
    fn a_short_key_is_refused_in_every_mode_without_repeating_it() {
        for mode in ["development", "production"] {
            let env = [
                ("SEATWIRE_MODE", mode),
                ("SEATWIRE_ALLOW_MOCK_PAYMENTS", "true"),
                ("SEATWIRE_JWT_SECRET", "0123456789abcdef0123456789abcde"),
            ];
            assert_eq!(
                faults(&[], &env, ""),
                ["SEATWIRE_JWT_SECRET: must be at least 32 bytes long, and has 31"]
            );
        }
    }
}
