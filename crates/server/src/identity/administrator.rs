//! What a new administrator's account looks like, wherever it comes from.

use domain::{Role, User, UserId};
use jiff::Timestamp;

/// `email` in its normal form.
pub(crate) fn new_administrator(id: UserId, email: String, now: Timestamp) -> User {
    User {
        id,
        email,
        first_name: "First".to_owned(),
        last_name: "Administrator".to_owned(),
        phone: None,
        role: Role::Admin,
        disabled_at: None,
        is_demo: false,
        created_at: now,
        updated_at: now,
    }
}
