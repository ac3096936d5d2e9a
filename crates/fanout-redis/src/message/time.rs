//! A moment, to the nanosecond: what is told from here must not differ from what the store tells.

use jiff::Timestamp;

use super::fields::{Reader, Unreadable};

pub(super) fn write(message: &mut Vec<u8>, at: Timestamp) {
    message.extend_from_slice(&at.as_second().to_be_bytes());
    message.extend_from_slice(&at.subsec_nanosecond().to_be_bytes());
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Timestamp, Unreadable> {
    let (second, nanosecond) = (reader.i64()?, reader.i32()?);
    Timestamp::new(second, nanosecond).map_err(|_| Unreadable)
}
