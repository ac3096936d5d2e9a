//! How large an opening is.

pub(crate) struct Plan {
    /// Viewers of the departure that opens.
    pub(crate) viewers: usize,
    pub(crate) buyers: usize,
    /// Other departures, and their viewers.
    pub(crate) others: usize,
    pub(crate) others_viewers: usize,
    /// Of the other departures.
    pub(crate) events_per_second: usize,
    pub(crate) seconds: usize,
}

/// Of every bus; as many bits as a map of the bench has.
pub(super) const SEATS: usize = 50;
