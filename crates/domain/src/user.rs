//! People who can log in.

use jiff::Timestamp;

use crate::{Role, UserId};

/// Without the password hash: that never leaves the store but to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    /// Trimmed and lower-cased by [`email`]; unique.
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub phone: Option<String>,
    pub role: Role,
    /// Since when the account cannot log in and its tokens are refused; `None` while it is in use.
    pub disabled_at: Option<Timestamp>,
    /// Made by the demo, with a password that is printed in the README.
    pub is_demo: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// RFC 5321: 64 before the `@`, 255 behind it, 254 in all.
pub const EMAIL_BYTES_MAX: usize = 254;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address")]
pub struct EmailError;

/// An address in the form in which two are compared. Only its shape is checked: whether it can
/// receive mail only a mail can tell.
pub fn email(text: &str) -> Result<String, EmailError> {
    let text = text.trim().to_lowercase();
    let (local, host) = text.rsplit_once('@').ok_or(EmailError)?;
    let plain = |part: &str| {
        !part.is_empty() && part.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '@')
    };
    let host_ok = host.contains('.')
        && host.split('.').all(|label| !label.is_empty() && label.len() <= 63)
        && host.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '.');
    if text.len() <= EMAIL_BYTES_MAX && local.len() <= 64 && plain(local) && host_ok {
        Ok(text)
    } else {
        Err(EmailError)
    }
}

/// In characters. Long enough to matter, short enough that hashing one is no attack.
pub const PASSWORD_CHARS_MIN: usize = 8;
pub const PASSWORD_CHARS_MAX: usize = 128;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have between 8 and 128 characters")]
pub struct PasswordError;

pub fn password(text: &str) -> Result<(), PasswordError> {
    let chars = text.chars().count();
    if (PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&chars) {
        Ok(())
    } else {
        Err(PasswordError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails() {
        assert_eq!(email(" Ayse@Example.COM "), Ok("ayse@example.com".to_owned()));
        assert!(email("a.b+c@x-y.example.com").is_ok());
        for wrong in
            ["", "a", "a@", "@b.c", "a@b", "a b@c.d", "a@b@c.d", "a@b..c", "a\0@b.c", "a@b c.d"]
        {
            assert_eq!(email(wrong), Err(EmailError), "{wrong:?}");
        }
        assert!(email(&format!("{}@b.cd", "a".repeat(65))).is_err());
    }

    #[test]
    fn passwords_are_counted_in_characters() {
        assert!(password("çğıöşü12").is_ok());
        assert!(password("short").is_err());
        assert!(password(&"x".repeat(129)).is_err());
    }
}
