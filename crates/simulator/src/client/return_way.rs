//! How a viewer connects again.

/// How a viewer connects again. One that can be recovered sends its session and its offset in every
/// case except the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Return {
    /// Without a memory: a snapshot is asked for once it is subscribed.
    Fresh,
    /// With the last seq that it has seen.
    Since,
    /// With an old map and its seq: a page that was kept for a while.
    Stale,
    /// With a seq that does not exist yet.
    Ahead,
    /// As a stock client without `since`: at its offset.
    Offset,
    /// The same, and it subscribes on every connect.
    OffsetAndAgain,
}

impl Return {
    pub(super) fn says_since(self) -> bool {
        matches!(self, Self::Since | Self::Stale | Self::Ahead)
    }
}
