//! How other processes learn of a group.

/// Whether a group's transaction sends `NOTIFY`, for [`Listening`](crate::Listening) nodes. Where
/// another way brings whole groups to the other nodes, they would all read again what they have
/// already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notifies {
    Yes,
    No,
}
