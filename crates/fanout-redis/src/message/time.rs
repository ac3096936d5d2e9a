//! A moment, to the nanosecond: the time in a message must equal the time in the store.

use jiff::Timestamp;

use super::fields::{Reader, Unreadable};

pub(super) fn write(message: &mut Vec<u8>, at: Timestamp) {
    message.extend_from_slice(&at.as_second().to_be_bytes());
    message.extend_from_slice(&at.subsec_nanosecond().to_be_bytes());
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Timestamp, Unreadable> {
    let (second, nanosecond) = (reader.i64()?, reader.i32()?);
    let at = Timestamp::new(second, nanosecond).map_err(|_| Unreadable)?;
    // Beyond a second, or with the other sign, they would be a second form of the same moment.
    let is_as_written = at.as_second() == second && at.subsec_nanosecond() == nanosecond;
    if is_as_written { Ok(at) } else { Err(Unreadable) }
}
