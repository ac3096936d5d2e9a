//! How other processes hear of a group.

/// Whether a group's transaction says `NOTIFY`, for [`Listening`](crate::Listening) nodes. Where another
/// way to other nodes brings whole groups, they would all read what they have been told already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notifies {
    Yes,
    No,
}
