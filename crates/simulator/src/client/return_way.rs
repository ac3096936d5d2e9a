//! In which way a viewer comes back.

/// How a viewer comes back. One that can be recovered shows its session and its offset in every case
/// but the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Return {
    /// Without a memory: a snapshot is asked for once it is subscribed.
    Fresh,
    /// With the last seq that it has seen.
    Since,
    /// With an old map and its seq: a page that was kept for a while.
    Stale,
    /// With a seq that does not exist.
    Ahead,
    /// As a stock client does that knows nothing of `since`: where its offset says.
    Offset,
    /// The same, and it subscribes on every connect.
    OffsetAndAgain,
}

impl Return {
    pub(super) fn says_since(self) -> bool {
        matches!(self, Self::Since | Self::Stale | Self::Ahead)
    }
}
