//! Rows of accounts.

use super::action::Action;
use super::difference::{Described, Difference, Field, UPDATED_AT, difference, personal, plain};
use super::row::Audited;
use super::subject::Subject;
use super::value::Value;
use crate::User;

pub fn of_user(before: Option<&User>, after: &User) -> Audited {
    let is_disabled = |user: &User| user.disabled_at.is_some();
    let action = match before {
        None => Action::Created,
        Some(before) => match (is_disabled(before), is_disabled(after)) {
            (false, true) => Action::Disabled,
            (true, false) => Action::Enabled,
            _ => Action::Changed,
        },
    };
    let change = difference(action, before.map(user), Some(user(after)));
    Audited::about(Subject::User(after.id), change)
}

/// No field of an account shows a new password.
pub fn of_password(before: &User, after: &User) -> Audited {
    let mut change = difference(Action::PasswordChanged, Some(user(before)), Some(user(after)));
    change.after.get_or_insert_default().push(("password", Value::Hidden));
    Audited::about(Subject::User(after.id), change)
}

/// The account is closed: no one can log in with it any more.
pub fn of_deleted_user(before: &User) -> Audited {
    let change = difference(Action::Deleted, Some(user(before)), None);
    Audited::about(Subject::User(before.id), change)
}

/// One token of the account has ended, or all of them. No field of the account is different.
pub fn of_revoked_tokens(user: &User) -> Audited {
    Audited::about(Subject::User(user.id), Difference::none(Action::TokenRevoked))
}

/// It is proved that the address of the account reaches its owner.
pub fn of_verified_email(user: &User) -> Audited {
    Audited::about(Subject::User(user.id), Difference::none(Action::EmailVerified))
}

/// A login now needs a code beside the password, or needs none any more.
pub fn of_second_factor(user: &User, is_on: bool) -> Audited {
    let action = if is_on { Action::TotpEnabled } else { Action::TotpDisabled };
    Audited::about(Subject::User(user.id), Difference::none(action))
}

/// One of the codes for a lost telephone is used up.
pub fn of_recovery_code(user: &User) -> Audited {
    Audited::about(Subject::User(user.id), Difference::none(Action::RecoveryCodeUsed))
}

fn user(user: &User) -> Described<'_> {
    let User {
        id: _,
        email,
        first_name,
        last_name,
        phone,
        role,
        disabled_at,
        is_demo,
        origin,
        created_at: _,
        updated_at,
    } = user;
    vec![
        ("role", plain(role.as_str())),
        ("disabledAt", plain(*disabled_at)),
        ("isDemo", plain(*is_demo)),
        ("origin", plain(origin.as_str())),
        ("email", personal(email.as_str())),
        ("firstName", personal(first_name.as_str())),
        ("lastName", personal(last_name.as_str())),
        ("phone", personal(phone.as_deref())),
        (UPDATED_AT, Field::Version(*updated_at)),
    ]
}
