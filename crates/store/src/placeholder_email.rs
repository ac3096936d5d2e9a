//! Addresses that stand in an account's place of the unique one where it may not, or not any more,
//! have a person's. No letter goes to them and no person has them: the top-level domain is reserved
//! (RFC 2606).

use domain::UserId;

const TAKEN: &str = "@taken.invalid";
const DELETED: &str = "@deleted.invalid";

/// For an account of the identity provider whose address another account had before. Its person's
/// address is only shown.
pub fn taken_email(id: UserId) -> String {
    format!("provider-{id}{TAKEN}")
}

/// For an account that was deleted.
pub fn deleted_email(id: UserId) -> String {
    format!("deleted-{id}{DELETED}")
}

/// Whether it could be one of these: then it is given to no person.
pub fn is_placeholder_email(email: &str) -> bool {
    [TAKEN, DELETED].iter().any(|host| email.ends_with(host))
}
