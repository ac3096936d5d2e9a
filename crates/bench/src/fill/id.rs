//! Ids that begin with the moment of an event.

use jiff::Timestamp;

/// A v7 UUID of that moment: the order of ids is the order of time.
pub(super) fn id(at: Timestamp) -> uuid::Uuid {
    let mut random = [0; 10];
    fastrand::fill(&mut random);
    let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}
