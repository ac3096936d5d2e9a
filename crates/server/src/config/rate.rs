//! How often something may be done: `50/s`, `10/min`, `600/h`.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use super::fault::quoted;

const COUNT_MAX: u32 = 1_000_000;

/// This many in this time, and as many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) count: NonZeroU32,
    unit: Unit,
}

/// A rate for each class of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClassRates {
    pub(crate) login: Rate,
    pub(crate) register: Rate,
    pub(crate) book: Rate,
    pub(crate) pay: Rate,
    pub(crate) read: Rate,
    pub(crate) handshake: Rate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
}

impl Unit {
    const ALL: [Self; 3] = [Self::Second, Self::Minute, Self::Hour];

    fn name(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "min",
            Self::Hour => "h",
        }
    }
}

impl Rate {
    pub(crate) fn per(self) -> Duration {
        Duration::from_secs(match self.unit {
            Unit::Second => 1,
            Unit::Minute => 60,
            Unit::Hour => 3_600,
        })
    }
}

pub(crate) fn rate(text: &str) -> Result<Rate, String> {
    let understood = || {
        let (count, unit) = text.split_once('/')?;
        let unit = Unit::ALL.into_iter().find(|known| known.name() == unit)?;
        let digits = count.bytes().all(|byte| byte.is_ascii_digit());
        let count = count.parse().ok().filter(|count| digits && *count <= COUNT_MAX)?;
        Some(Rate { count: NonZeroU32::new(count)?, unit })
    };
    understood().ok_or_else(|| {
        format!(
            "{} is no rate such as `50/s`, `10/min` or `600/h` (1 to {COUNT_MAX})",
            quoted(text)
        )
    })
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.count, self.unit.name())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{faults, served};
    use super::{ClassRates, rate};

    #[test]
    fn a_rate_is_a_count_and_a_unit() {
        for text in ["1/s", "50/s", "10/min", "1000000/h"] {
            assert_eq!(rate(text).unwrap().to_string(), text);
        }
        for text in ["", "50", "0/s", "-1/s", "+1/s", "1/d", "1 /s", "1000001/s", "1/s/s", "/s"] {
            let told = rate(text).unwrap_err();
            assert!(told.contains("no rate"), "{told}");
        }
    }

    #[test]
    fn each_class_has_its_rate_unless_limits_are_off() {
        let rates = |env: &[(&str, &str)]| {
            let config = served(&[], env, "");
            let ClassRates { login, register, book, pay, read, handshake } = config.class_rates?;
            Some([login, register, book, pay, read, handshake].map(|rate| rate.to_string()))
        };
        let defaults = ["10/min", "10/min", "60/min", "20/min", "1200/min", "600/min"];
        assert_eq!(rates(&[]).unwrap(), defaults);
        for (place, name) in
            ["LOGIN", "REGISTER", "BOOK", "PAY", "READ", "HANDSHAKE"].into_iter().enumerate()
        {
            let given = [(format!("SEATWIRE_LIMIT_{name}"), "7/h")];
            let given = given.each_ref().map(|(name, value)| (name.as_str(), *value));
            assert_eq!(rates(&given).unwrap()[place], "7/h", "{name}");
        }
        assert_eq!(rates(&[("SEATWIRE_RATE_LIMIT", "off")]), None);
        let off = served(&["--rate-limit=off"], &[], "").connections_per_address;
        assert_eq!((off, served(&[], &[], "").connections_per_address), (None, Some(2_000)));
    }

    #[test]
    fn messages_are_limited_unless_limits_are_off() {
        let limit =
            |env: &[(&str, &str)]| served(&[], env, "").message_limit.map(|rate| rate.to_string());
        assert_eq!(limit(&[]).as_deref(), Some("50/s"));
        assert_eq!(limit(&[("SEATWIRE_LIMIT_MESSAGE", "7/min")]).as_deref(), Some("7/min"));
        assert_eq!(limit(&[("SEATWIRE_RATE_LIMIT", "off")]), None);
        let told = "SEATWIRE_LIMIT_MESSAGE: \"many\" is no rate such as `50/s`, `10/min` or `600/h` \
                    (1 to 1000000)";
        assert_eq!(faults(&[], &[("SEATWIRE_LIMIT_MESSAGE", "many")], ""), [told]);
    }
}
