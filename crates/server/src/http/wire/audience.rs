//! For which audience an answer is written: what only staff may read is absent for others.

use domain::{Account, Role};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Audience {
    /// Travellers, with a login or without.
    Public,
    /// Agents and administrators.
    Staff,
}

impl Audience {
    pub(crate) fn of(caller: Option<Account>) -> Self {
        if is_staff(caller) { Self::Staff } else { Self::Public }
    }

    /// The value for staff, nothing for others.
    pub(super) fn only_staff<T>(self, value: Option<T>) -> ForStaff<T> {
        (self == Self::Staff).then_some(value)
    }
}

/// A field whose existence is hidden from others, even when it is empty: it is skipped when it is
/// `None`.
pub(super) type ForStaff<T> = Option<Option<T>>;

/// Whether a caller counts as staff, at addresses that serve both.
pub(crate) fn is_staff(actor: Option<Account>) -> bool {
    actor.is_some_and(|actor| Role::is_staff(actor.role))
}
