//! How the domain's values stand in columns: ids as uuid, times as timestamptz in whole
//! milliseconds, enumerations by their contract names. An impossible value (a damaged database) is
//! an error, never a panic.

use std::time::Duration;

use domain::event::{EventKind, Reason};
use domain::payment::{PaymentMethod, PaymentState};
use domain::station::StationKind;
use domain::ticket::{CancelCause, Gender, PaymentStatus, TicketStatus};
use domain::{
    HoldState, Kurus, LayoutType, NeighbourRule, Ordinal, Role, RouteChange, RouteKind, SeatNumber,
    Segment, Seq, StopIndex, TokenGeneration,
};
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use uuid::Uuid;

use crate::fault::{Fault, Result};

/// Reads a column through a function that may refuse it.
pub(crate) fn read<'a, S: FromSql<'a>, T>(
    row: &'a Row,
    name: &str,
    convert: impl FnOnce(S) -> Option<T>,
) -> Result<T> {
    convert(row.try_get(name)?).ok_or_else(|| bad(name))
}

pub(crate) fn read_optional<'a, S: FromSql<'a>, T>(
    row: &'a Row,
    name: &str,
    convert: impl FnOnce(S) -> Option<T>,
) -> Result<Option<T>> {
    match row.try_get::<_, Option<S>>(name)? {
        None => Ok(None),
        Some(stored) => convert(stored).map(Some).ok_or_else(|| bad(name)),
    }
}

pub(crate) fn bad(name: &str) -> Fault {
    Fault::Stored(name.to_owned())
}

pub(crate) fn get<'a, T: FromSql<'a>>(row: &'a Row, name: &str) -> Result<T> {
    Ok(row.try_get(name)?)
}

pub(crate) fn id<T: From<Uuid>>(row: &Row, name: &str) -> Result<T> {
    Ok(T::from(row.try_get::<_, Uuid>(name)?))
}

pub(crate) fn optional_id<T: From<Uuid>>(row: &Row, name: &str) -> Result<Option<T>> {
    Ok(row.try_get::<_, Option<Uuid>>(name)?.map(T::from))
}

pub(crate) fn time(row: &Row, name: &str) -> Result<Timestamp> {
    get(row, name)
}

pub(crate) fn optional_time(row: &Row, name: &str) -> Result<Option<Timestamp>> {
    get(row, name)
}

pub(crate) fn money(row: &Row, name: &str) -> Result<Kurus> {
    get(row, name).map(Kurus::from_stored)
}

pub(crate) fn generation(row: &Row, name: &str) -> Result<TokenGeneration> {
    read(row, name, |number: i64| u32::try_from(number).ok().map(TokenGeneration))
}

/// A number that is never negative.
pub(crate) fn count(row: &Row, name: &str) -> Result<u64> {
    read(row, name, |count: i64| u64::try_from(count).ok())
}

pub(crate) fn seq(row: &Row, name: &str) -> Result<Seq> {
    count(row, name).map(Seq::new)
}

pub(crate) fn ordinal(row: &Row, name: &str) -> Result<Ordinal> {
    count(row, name).map(Ordinal::new)
}

pub(crate) fn seat(row: &Row, name: &str) -> Result<SeatNumber> {
    read(row, name, stored_seat)
}

pub(crate) fn stored_seat(number: i16) -> Option<SeatNumber> {
    SeatNumber::new(u16::try_from(number).ok()?)
}

/// A list of seats.
pub(crate) fn seats(row: &Row, name: &str) -> Result<Vec<SeatNumber>> {
    read(row, name, |numbers: Vec<i16>| numbers.into_iter().map(stored_seat).collect())
}

pub(crate) fn segment(row: &Row) -> Result<Segment> {
    let stop = |index: i16| StopIndex::new(usize::try_from(index).ok()?);
    let (from, to) = ("from_stop_index", "to_stop_index");
    Segment::new(read(row, from, stop)?, read(row, to, stop)?).ok_or_else(|| bad(to))
}

pub(crate) fn json<T: serde::de::DeserializeOwned>(row: &Row, name: &str) -> Result<T> {
    read(row, name, |value: serde_json::Value| serde_json::from_value(value).ok())
}

macro_rules! named {
    ($($function:ident: $type:ty;)*) => {
        $(pub(crate) fn $function(row: &Row, name: &str) -> Result<$type> {
            read(row, name, |text: &str| <$type>::parse(text))
        })*
    };
}

named! {
    role: Role;
    station_kind: StationKind;
    layout_type: LayoutType;
    route_kind: RouteKind;
    gender: Gender;
    ticket_status: TicketStatus;
    payment_status: PaymentStatus;
    payment_method: PaymentMethod;
    payment_state: PaymentState;
    event_kind: EventKind;
    reason: Reason;
    hold_state: HoldState;
    route_change: RouteChange;
}

pub(crate) fn cancel_cause(row: &Row, name: &str) -> Result<Option<CancelCause>> {
    read_optional(row, name, CancelCause::parse)
}

pub(crate) fn neighbour_rule(row: &Row, name: &str) -> Result<Option<NeighbourRule>> {
    read_optional(row, name, NeighbourRule::parse)
}

pub(crate) fn optional_gender(row: &Row, name: &str) -> Result<Option<Gender>> {
    read_optional(row, name, Gender::parse)
}

/// The times that PostgreSQL and `jiff` both know, in milliseconds. No stored time is near these
/// ends, but a range in a question may be.
const TIMES: std::ops::RangeInclusive<i64> = -210_000_000_000_000..=253_402_200_000_000;

/// A time as it is stored: in whole milliseconds, so that a later read gives the time that was
/// answered.
pub(crate) fn at(time: Timestamp) -> Timestamp {
    let millis = time.as_millisecond().clamp(*TIMES.start(), *TIMES.end());
    let Ok(time) = Timestamp::from_millisecond(millis) else {
        unreachable!("it is among those that exist")
    };
    time
}

/// A number that only grows by one, as PostgreSQL's signed integers hold it.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The most rows that a statement may touch.
pub(crate) fn at_most(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// A duration in milliseconds, as PostgreSQL's type.
pub(crate) fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn seat_number(seat: SeatNumber) -> i16 {
    let Ok(number) = i16::try_from(seat.get()) else {
        unreachable!("a bus has no seat with a number above SEATS_MAX")
    };
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_stored_in_milliseconds_and_a_range_may_have_no_end() {
        let time: Timestamp = "2026-01-02T03:04:05.678912345Z".parse().unwrap();
        assert_eq!(at(time).to_string(), "2026-01-02T03:04:05.678Z");
        assert_eq!(at(Timestamp::MAX).to_string(), "9999-12-30T20:00:00Z");
        assert!(at(Timestamp::MIN) < Timestamp::UNIX_EPOCH);
    }
}
