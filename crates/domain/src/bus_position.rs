//! Where a bus is on one departure, as its device reports it.

use jiff::{SignedDuration, Timestamp};

use crate::{Latitude, Longitude, Route, Stop};

/// A bus reports, and is tracked, from this long before its departure to this long after its
/// arrival.
pub const TRACKED_AROUND: SignedDuration = SignedDuration::from_hours(3);

/// How long a place is kept: an older one does not show where the bus is.
pub const POSITION_KEPT: SignedDuration = SignedDuration::from_mins(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusPosition {
    pub lat: Latitude,
    pub lng: Longitude,
    pub speed: Option<Speed>,
    /// When the bus was there.
    pub at: Timestamp,
}

impl BusPosition {
    pub fn is_kept(&self, now: Timestamp) -> bool {
        self.at + POSITION_KEPT > now
    }
}

/// In tenths of a kilometre an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed(u16);

const TENTHS: f64 = 10.0;

impl Speed {
    /// Faster than any bus: a device that reports more is broken.
    const TENTHS_MAX: u16 = 3_000;
    pub const TOLD: &'static str = "must be kilometres an hour, between 0 and 300";

    pub fn from_kmh(kmh: f64) -> Option<Self> {
        let tenths = (kmh * TENTHS).round();
        let is_within = (0.0..=f64::from(Self::TENTHS_MAX)).contains(&tenths);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole, and within the range"
        )]
        is_within.then_some(Self(tenths as u16))
    }

    pub fn from_stored(tenths: u16) -> Option<Self> {
        (tenths <= Self::TENTHS_MAX).then_some(Self(tenths))
    }

    pub const fn stored(self) -> u16 {
        self.0
    }

    pub fn kmh(self) -> f64 {
        f64::from(self.0) / TENTHS
    }
}

/// How far a departure is by its timetable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journey<'a> {
    Waiting { next: &'a Stop },
    UnderWay { next: &'a Stop },
    Arrived,
}

impl Route {
    pub fn journey(&self, now: Timestamp) -> Journey<'_> {
        match self.stops.iter().position(|stop| stop.time > now) {
            Some(0) => Journey::Waiting { next: &self.stops[0] },
            Some(next) => Journey::UnderWay { next: &self.stops[next] },
            None => Journey::Arrived,
        }
    }

    /// Whether its bus may report where it is.
    pub fn is_tracked(&self, now: Timestamp) -> bool {
        let [first, .., last] = &*self.stops else { return false };
        (first.time - TRACKED_AROUND..=last.time + TRACKED_AROUND).contains(&now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_those_of_a_bus() {
        for kmh in [0.0, 87.5, 300.0] {
            let speed = Speed::from_kmh(kmh).unwrap();
            assert_eq!((speed.kmh(), Speed::from_stored(speed.stored())), (kmh, Some(speed)));
        }
        for wrong in [-1.0, 300.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Speed::from_kmh(wrong), None, "{wrong}");
        }
    }
}
