//! What a new administrator's account looks like, however it is created, and the message where
//! there is none.

use domain::{Origin, Role, User, UserId};
use jiff::Timestamp;

/// The message when no account could manage the company.
pub(crate) const NO_ADMINISTRATOR: &str = "there is no administrator who can log in; make one with `seatwire admin create EMAIL`, or with \
     SEATWIRE_ADMIN_EMAIL and SEATWIRE_ADMIN_PASSWORD";

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
        origin: Origin::Own,
        created_at: now,
        updated_at: now,
    }
}
