//! Money in kuruş: an integer inside, a decimal number of TRY at the edge.
//!
//! No float ever touches an amount: text is parsed digit by digit and written the same way.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;
use std::str::FromStr;

/// An amount in kuruş (1 TRY = 100 kuruş), never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kurus(i64);

/// The largest single amount accepted: ten million TRY. Sums of a whole company stay far inside
/// `i64`.
pub const KURUS_MAX: i64 = 1_000_000_000;

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("must be a number of TRY with at most two decimals")]
    Malformed,
    #[error("must be between 0 and 10000000 TRY")]
    OutOfRange,
}

impl Kurus {
    pub const ZERO: Self = Self(0);

    /// From whole kuruş; `None` outside `0..=KURUS_MAX`.
    pub fn new(kurus: i64) -> Option<Self> {
        (0..=KURUS_MAX).contains(&kurus).then_some(Self(kurus))
    }

    /// From whole TRY, for constants.
    pub const fn from_lira(lira: u32) -> Self {
        Self(lira as i64 * 100)
    }

    /// From a store that has checked it on the way in; a total may be larger than [`KURUS_MAX`].
    pub const fn from_stored(kurus: i64) -> Self {
        Self(kurus)
    }

    pub const fn get(self) -> i64 {
        self.0
    }
}

impl FromStr for Kurus {
    type Err = MoneyError;

    /// Reads a JSON number: `150`, `150.5`, `150.50`. Exponents and signs are refused.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) {
            return Err(MoneyError::Malformed);
        }
        if text.ends_with('.') {
            return Err(MoneyError::Malformed);
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > 2 {
            return Err(MoneyError::Malformed);
        }
        let lira: i64 = whole.parse().map_err(|_| MoneyError::OutOfRange)?;
        let kurus: i64 = format!("{fraction:0<2}").parse().map_err(|_| MoneyError::Malformed)?;
        lira.checked_mul(100)
            .and_then(|total| total.checked_add(kurus))
            .and_then(Self::new)
            .ok_or(MoneyError::OutOfRange)
    }
}

impl fmt::Display for Kurus {
    /// The shortest decimal of TRY: `150`, `150.5`, `150.25`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (lira, kurus) = (self.0 / 100, self.0 % 100);
        match kurus {
            0 => write!(f, "{lira}"),
            tens if tens % 10 == 0 => write!(f, "{lira}.{}", tens / 10),
            _ => write!(f, "{lira}.{kurus:02}"),
        }
    }
}

impl Add for Kurus {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Kurus {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_decimals() {
        for (text, kurus, written) in [
            ("0", 0, "0"),
            ("150", 15_000, "150"),
            ("150.5", 15_050, "150.5"),
            ("150.50", 15_050, "150.5"),
            ("150.05", 15_005, "150.05"),
            ("0.1", 10, "0.1"),
            ("150.5000", 15_050, "150.5"),
            ("10000000", KURUS_MAX, "10000000"),
        ] {
            let amount: Kurus = text.parse().unwrap();
            assert_eq!(amount.get(), kurus, "{text}");
            assert_eq!(amount.to_string(), written, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_an_amount() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1.005", "NaN", "1,5", " 1", "٣"] {
            assert_eq!(text.parse::<Kurus>(), Err(MoneyError::Malformed), "{text:?}");
        }
        for text in ["10000000.01", "99999999999999999999"] {
            assert_eq!(text.parse::<Kurus>(), Err(MoneyError::OutOfRange), "{text:?}");
        }
    }

    #[test]
    fn a_tenth_thirty_times_is_three() {
        let total: Kurus = std::iter::repeat_n("0.1".parse::<Kurus>().unwrap(), 30).sum();
        assert_eq!(total, Kurus::from_lira(3));
    }
}
