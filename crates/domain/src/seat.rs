//! A seat of a bus, by the number painted on it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most seats a bus can have (contract.md: `seatCount` 1–100).
pub const SEATS_MAX: u16 = 100;

/// A seat's number, `1..=SEATS_MAX`. Whether a certain bus has it is [`crate::Route::has_seat`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeatNumber(u16);

impl SeatNumber {
    pub fn new(number: u16) -> Option<Self> {
        (1..=SEATS_MAX).contains(&number).then_some(Self(number))
    }

    pub const fn get(self) -> u16 {
        self.0
    }

    /// Every seat of a bus with `seat_count` seats.
    pub fn all(seat_count: u16) -> impl Iterator<Item = Self> {
        (1..=seat_count.min(SEATS_MAX)).map(Self)
    }
}

impl fmt::Display for SeatNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
