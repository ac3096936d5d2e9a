//! The seats of one route as a viewer keeps them: a snapshot, and every event folded over it.
//!
//! Two maps are equal when the same legs of the same seats are taken. It does not check whether the
//! events came in order; `Sight` does.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Deserialize;
use serde::de::IntoDeserializer as _;
use serde::de::value::Error;

use crate::json::{number_behind, text_behind};

/// The fields of a `seat_update`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update<'a> {
    pub(crate) route_id: &'a str,
    pub(crate) seat_number: usize,
    pub(crate) event_type: EventType,
    pub(crate) ticket_id: Option<&'a str>,
    from_stop_index: u32,
    to_stop_index: u32,
    pub(crate) seq: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub(crate) enum EventType {
    #[serde(rename = "seat_reserved")]
    Reserved,
    #[serde(rename = "seat_confirmed")]
    Confirmed,
    #[serde(rename = "seat_suspended")]
    Suspended,
    #[serde(rename = "seat_cancelled")]
    Cancelled,
    #[serde(rename = "seat_available")]
    Available,
}

/// One entry of `seats` in a snapshot, or of `tickets` in a route.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Seat<'a> {
    seat_number: usize,
    status: &'a str,
    from_stop_index: u32,
    to_stop_index: u32,
}

/// The taken legs of each seat, one bit each. Trailing free seats are not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SeatMap(Vec<u32>);

impl SeatMap {
    pub(crate) fn of<'a>(seats: impl IntoIterator<Item = Seat<'a>>) -> Self {
        let mut map = Self::default();
        for seat in seats.into_iter().filter(|seat| matches!(seat.status, "RESERVED" | "CONFIRMED"))
        {
            *map.seat(seat.seat_number) |= legs(seat.from_stop_index, seat.to_stop_index);
        }
        map.level();
        map
    }

    pub(crate) fn from_legs(legs: Vec<u32>) -> Self {
        let mut map = Self(legs);
        map.level();
        map
    }

    pub(crate) fn fold(&mut self, update: &Update<'_>) {
        let legs = legs(update.from_stop_index, update.to_stop_index);
        let seat = self.seat(update.seat_number);
        match update.event_type {
            EventType::Reserved | EventType::Confirmed => *seat |= legs,
            EventType::Available | EventType::Suspended => *seat &= !legs,
            EventType::Cancelled => {}
        }
        self.level();
    }

    /// The first seat in which they differ, as a sentence.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        let seats = self.0.len().max(other.0.len());
        let of = |map: &Self, index: usize| map.0.get(index).copied().unwrap_or(0);
        let index = (0..seats).find(|index| of(self, *index) != of(other, *index))?;
        let (one, two) = (of(self, index), of(other, index));
        Some(format!("seat {}: legs {one:#b} here, {two:#b} there", index + 1))
    }

    /// The seats that are not free, each with its taken legs.
    pub(crate) fn taken(&self) -> impl Iterator<Item = (usize, u32)> {
        (1..).zip(self.0.iter().copied()).filter(|(_, legs)| *legs != 0)
    }

    fn seat(&mut self, number: usize) -> &mut u32 {
        if self.0.len() < number {
            self.0.resize(number, 0);
        }
        // A number of 0 is no seat: the server has none, so its legs would show as a difference.
        &mut self.0[number.saturating_sub(1)]
    }

    fn level(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
}

impl<'a> Update<'a> {
    /// Picked out of the text: for viewers that get thousands of them at once.
    pub(crate) fn picked(json: &'a [u8]) -> Option<Self> {
        let number = |key| number_behind(json, key);
        let event_type = text_behind(json, br#""eventType":""#)?.into_deserializer();
        Some(Self {
            route_id: text_behind(json, br#""routeId":""#)?,
            seat_number: number(br#""seatNumber":"#)?.try_into().ok()?,
            event_type: EventType::deserialize(event_type).map_err(|_: Error| ()).ok()?,
            ticket_id: text_behind(json, br#""ticketId":""#),
            from_stop_index: number(br#""fromStopIndex":"#)?.try_into().ok()?,
            to_stop_index: number(br#""toStopIndex":"#)?.try_into().ok()?,
            seq: number(br#""seq":"#)?,
        })
    }

    /// One bit each.
    pub(crate) fn legs(&self) -> u32 {
        legs(self.from_stop_index, self.to_stop_index)
    }

    /// Stands for all that a viewer learns from it: sums of these show whether two have seen the
    /// same events.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.seq, self.seat_number, self.event_type, self.ticket_id).hash(&mut hasher);
        (self.from_stop_index, self.to_stop_index).hash(&mut hasher);
        hasher.finish()
    }
}

fn legs(from: u32, to: u32) -> u32 {
    let below = |stop: u32| 1_u32.checked_shl(stop).unwrap_or(0).wrapping_sub(1);
    below(to) & !below(from)
}

#[cfg(test)]
mod tests {
    use super::{Seat, SeatMap, Update};

    fn update(text: &str, seat: usize, from: u32, to: u32) -> SeatMap {
        let mut map = SeatMap::of([Seat {
            seat_number: 2,
            status: "RESERVED",
            from_stop_index: 0,
            to_stop_index: 2,
        }]);
        let json = format!(
            r#"{{"routeId":"r","seatNumber":{seat},"eventType":"{text}","fromStopIndex":{from},
            "toStopIndex":{to},"seq":1}}"#
        );
        map.fold(&serde_json::from_str::<Update<'_>>(&json).unwrap());
        map
    }

    #[test]
    fn only_the_legs_of_the_segment_change() {
        assert_eq!(update("seat_available", 2, 1, 2), SeatMap(vec![0, 0b01]));
        assert_eq!(update("seat_suspended", 2, 0, 2), SeatMap(vec![]));
        assert_eq!(update("seat_confirmed", 1, 2, 4), SeatMap(vec![0b1100, 0b11]));
        assert_eq!(update("seat_cancelled", 2, 0, 2), SeatMap(vec![0, 0b11]));
    }

    #[test]
    fn what_is_picked_is_what_is_read() {
        let json = r#"{"routeId":"r","seatNumber":7,"eventType":"seat_confirmed","ticketId":"t",
            "fromStopIndex":1,"toStopIndex":3,"seq":12}"#;
        let picked = Update::picked(json.as_bytes()).unwrap();
        let read: Update<'_> = serde_json::from_str(json).unwrap();
        assert_eq!(picked.fingerprint(), read.fingerprint());
        assert_eq!(picked.route_id, read.route_id);
        assert!(Update::picked(br#"{"seq":1}"#).is_none());
    }

    #[test]
    fn a_difference_is_told() {
        let (one, two) = (SeatMap(vec![1]), SeatMap(vec![1, 2]));
        assert_eq!(one.difference(&one), None);
        assert!(one.difference(&two).is_some_and(|told| told.starts_with("seat 2:")));
    }
}
