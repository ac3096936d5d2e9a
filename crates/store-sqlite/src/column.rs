//! How the domain's values stand in columns: ids as 16 bytes, times as milliseconds, enumerations
//! by their contract names. An impossible value (a damaged file) is an error, never a panic.

use std::fmt;

use domain::calendar::TimeRange;
use domain::event::{EventKind, Reason};
use domain::payment::{PaymentMethod, PaymentState};
use domain::station::StationKind;
use domain::ticket::{CancelCause, Gender, PaymentStatus, TicketStatus};
use domain::{
    HoldState, Kurus, LayoutType, NeighbourRule, Ordinal, Role, RouteChange, RouteKind, SeatNumber,
    Segment, Seq, StopIndex,
};
use jiff::Timestamp;
use rusqlite::types::{FromSql, Type};
use rusqlite::{Result, Row, RowIndex};
use store::Unopened;
use uuid::Uuid;

/// A column by its name, or by its number: where a page has many rows with many columns, to look up
/// the names takes longer than to read the values.
pub(crate) trait Column: RowIndex + Copy + fmt::Display {}

impl<T: RowIndex + Copy + fmt::Display> Column for T {}

/// Reads a column through a function that may refuse it.
pub(crate) fn read<S: FromSql, T>(
    row: &Row<'_>,
    name: impl Column,
    convert: impl FnOnce(S) -> Option<T>,
) -> Result<T> {
    let stored: S = row.get(name)?;
    convert(stored).ok_or_else(|| bad(name))
}

pub(crate) fn read_optional<S: FromSql, T>(
    row: &Row<'_>,
    name: impl Column,
    convert: impl FnOnce(S) -> Option<T>,
) -> Result<Option<T>> {
    match row.get::<_, Option<S>>(name)? {
        None => Ok(None),
        Some(stored) => convert(stored).map(Some).ok_or_else(|| bad(name)),
    }
}

fn bad(name: impl Column) -> rusqlite::Error {
    let cause = format!("column {name} holds a value that cannot be one");
    rusqlite::Error::FromSqlConversionFailure(0, Type::Null, cause.into())
}

/// A personal value that cannot be opened, while a row is read.
pub(crate) fn unopened(error: Unopened) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Blob, error.into())
}

pub(crate) fn id<T: From<Uuid>>(row: &Row<'_>, name: impl Column) -> Result<T> {
    read(row, name, |bytes: [u8; 16]| Some(T::from(Uuid::from_bytes(bytes))))
}

pub(crate) fn optional_id<T: From<Uuid>>(row: &Row<'_>, name: impl Column) -> Result<Option<T>> {
    read_optional(row, name, |bytes: [u8; 16]| Some(T::from(Uuid::from_bytes(bytes))))
}

pub(crate) fn time(row: &Row<'_>, name: impl Column) -> Result<Timestamp> {
    read(row, name, |millis: i64| Timestamp::from_millisecond(millis).ok())
}

pub(crate) fn optional_time(row: &Row<'_>, name: impl Column) -> Result<Option<Timestamp>> {
    read_optional(row, name, |millis: i64| Timestamp::from_millisecond(millis).ok())
}

pub(crate) fn money(row: &Row<'_>, name: impl Column) -> Result<Kurus> {
    row.get(name).map(Kurus::from_stored)
}

pub(crate) fn seq(row: &Row<'_>, name: impl Column) -> Result<Seq> {
    read(row, name, |seq: i64| u64::try_from(seq).ok().map(Seq::new))
}

pub(crate) fn ordinal(row: &Row<'_>, name: impl Column) -> Result<Ordinal> {
    read(row, name, |ordinal: i64| u64::try_from(ordinal).ok().map(Ordinal::new))
}

pub(crate) fn seat(row: &Row<'_>, name: impl Column) -> Result<SeatNumber> {
    read(row, name, SeatNumber::new)
}

pub(crate) fn segment(row: &Row<'_>) -> Result<Segment> {
    segment_at(row, "from_stop_index", "to_stop_index")
}

pub(crate) fn segment_at(row: &Row<'_>, from: impl Column, to: impl Column) -> Result<Segment> {
    let stop = |index: i64| StopIndex::new(usize::try_from(index).ok()?);
    let (first, last) = (read(row, from, stop)?, read(row, to, stop)?);
    Segment::new(first, last).ok_or_else(|| bad(to))
}

pub(crate) fn count(row: &Row<'_>, name: impl Column) -> Result<u64> {
    read(row, name, |count: i64| u64::try_from(count).ok())
}

pub(crate) fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, name: impl Column) -> Result<T> {
    read(row, name, |text: String| serde_json::from_str(&text).ok())
}

macro_rules! named {
    ($($function:ident: $type:ty;)*) => {
        $(pub(crate) fn $function(row: &Row<'_>, name: impl Column) -> Result<$type> {
            let text = row.get_ref(name)?.as_str()?;
            <$type>::parse(text).ok_or_else(|| bad(name))
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

pub(crate) fn cancel_cause(row: &Row<'_>, name: impl Column) -> Result<Option<CancelCause>> {
    read_optional(row, name, |text: String| CancelCause::parse(&text))
}

pub(crate) fn neighbour_rule(row: &Row<'_>, name: &str) -> Result<Option<NeighbourRule>> {
    read_optional(row, name, |text: String| NeighbourRule::parse(&text))
}

pub(crate) fn optional_gender(row: &Row<'_>, name: &str) -> Result<Option<Gender>> {
    read_optional(row, name, |text: String| Gender::parse(&text))
}

/// A newtype's id as the bytes that are stored.
pub(crate) fn bytes(id: Uuid) -> [u8; 16] {
    id.into_bytes()
}

pub(crate) fn millis(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// A number that only grows by one, as SQLite's signed integers hold it.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The most rows that a statement may touch.
pub(crate) fn at_most(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// The two bounds of a range, for `>= ?` and `< ?`.
pub(crate) fn bounds(range: TimeRange) -> (i64, i64) {
    (millis(range.start), millis(range.end))
}
