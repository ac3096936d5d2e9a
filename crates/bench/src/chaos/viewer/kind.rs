//! The five ways in which a light viewer connects again.

use crate::chaos::talk::Dialect;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Subscribes once, and again only if it was not recovered.
    Recovery,
    /// Subscribes on every connect, without the last seq it saw.
    RecoveryEachTime,
    /// Subscribes on every connect with the last seq it saw, and can be recovered too.
    RecoveryAndSince,
    Since,
    Plain,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] =
        [Self::Recovery, Self::Since, Self::Plain, Self::RecoveryEachTime, Self::RecoveryAndSince];

    pub(super) fn dialect(self) -> Dialect {
        if self == Self::Plain { Dialect::Plain } else { Dialect::SocketIo }
    }

    pub(super) fn recovers(self) -> bool {
        matches!(self, Self::Recovery | Self::RecoveryEachTime | Self::RecoveryAndSince)
    }

    /// Whether it sends the last seq it saw whenever it subscribes.
    pub(super) fn says_since(self) -> bool {
        matches!(self, Self::RecoveryAndSince | Self::Since | Self::Plain)
    }
}
