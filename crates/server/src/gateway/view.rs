//! How a caller sees rooms.

use domain::Account;
use rooms::{Audience, Encoding, View};

use crate::config::Mode;

/// On a connection of its own. Booking codes are only for staff and owners (contract.md, "Who sees
/// what").
pub(super) fn view(mode: Mode, caller: Option<Account>, encoding: Encoding) -> View {
    let is_staff = caller.is_some_and(|actor| actor.role.is_staff());
    let audience = match mode {
        Mode::Production if !is_staff => Audience::Public,
        Mode::Production | Mode::Development => Audience::Full,
    };
    let identity = caller.map(|actor| actor.user_id.0.as_u128());
    View { encoding, audience, identity, channel: 0 }
}
