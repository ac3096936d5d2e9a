//! The five ways in which a light viewer comes back.

use crate::chaos::talk::Dialect;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Subscribes once, and again only if it was not recovered.
    Recovery,
    /// Subscribes on every connect, without a word of what it saw.
    RecoveryEachTime,
    /// Subscribes on every connect behind the last seq it saw, and can be recovered too.
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

    /// Says what it has seen whenever it subscribes.
    pub(super) fn says_since(self) -> bool {
        matches!(self, Self::RecoveryAndSince | Self::Since | Self::Plain)
    }
}
