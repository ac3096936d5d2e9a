//! Where on earth: degrees as whole millionths, a tenth of a metre.
//!
//! Whole numbers, so that what was read is what was written, and equal places are equal.

use std::ops::RangeInclusive;

const MICRODEGREES: f64 = 1e6;

macro_rules! degrees {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(i32);

        impl $name {
            const RANGE: RangeInclusive<i32> = (-$max * 1_000_000)..=($max * 1_000_000);
            pub const TOLD: &'static str =
                concat!("must be a number of degrees between -", $max, " and ", $max);

            pub fn from_degrees(degrees: f64) -> Option<Self> {
                let millionths = (degrees * MICRODEGREES).round();
                // Also false for what is no number.
                let is_within = millionths.abs() <= f64::from(*Self::RANGE.end());
                #[expect(clippy::cast_possible_truncation, reason = "whole, and within the range")]
                is_within.then_some(Self(millionths as i32))
            }

            pub fn from_stored(millionths: i32) -> Option<Self> {
                Self::RANGE.contains(&millionths).then_some(Self(millionths))
            }

            pub const fn stored(self) -> i32 {
                self.0
            }

            pub fn degrees(self) -> f64 {
                f64::from(self.0) / MICRODEGREES
            }
        }
    };
}

degrees!(
    /// North of the equator.
    Latitude,
    90
);
degrees!(
    /// East of Greenwich.
    Longitude,
    180
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_kept_to_the_millionth() {
        for degrees in [0.0, 41.008_24, -90.0, 89.999_999] {
            let kept = Latitude::from_degrees(degrees).unwrap();
            assert_eq!(kept.degrees(), degrees);
            assert_eq!(Latitude::from_stored(kept.stored()), Some(kept));
        }
        for beyond in [90.000_001, -91.0, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(Latitude::from_degrees(beyond), None, "{beyond}");
        }
        assert_eq!(Longitude::from_degrees(180.0).map(Longitude::degrees), Some(180.0));
        assert_eq!(Longitude::from_stored(180_000_001), None);
    }
}
