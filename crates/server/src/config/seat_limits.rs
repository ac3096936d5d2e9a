//! How long seats are held while names are typed, and how many one caller may keep from others.

use super::fault::quoted;
use super::time::whole;

const HOLD_SECONDS_MAX: u64 = 3_600;
const PER_CALLER_MAX: u64 = 100;
const PER_ADDRESS_MAX: u64 = 1_000;
const CONNECTIONS_MAX: u64 = 1_000_000;

pub(super) fn hold_seconds(text: &str) -> Result<u32, String> {
    within(text, HOLD_SECONDS_MAX, "number of seconds")
}

pub(super) fn per_caller(text: &str) -> Result<u16, String> {
    within(text, PER_CALLER_MAX, "number of seats")
}

pub(super) fn per_address(text: &str) -> Result<u16, String> {
    within(text, PER_ADDRESS_MAX, "number of seats")
}

pub(super) fn connections_per_address(text: &str) -> Result<usize, String> {
    within(text, CONNECTIONS_MAX, "number of connections")
}

fn within<T: TryFrom<u64>>(text: &str, max: u64, what: &str) -> Result<T, String> {
    let number = whole(text).filter(|number| (1..=max).contains(number));
    number
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| format!("{} is not a whole {what} from 1 to {max}", quoted(text)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{faults, served};

    #[test]
    fn a_load_test_is_held_to_nothing() {
        assert_eq!(served(&["--rate-limit=off"], &[], "").fair_use, None);
    }

    #[test]
    fn each_has_a_default_and_bounds() {
        let limits = |args: &[&str]| {
            let config = served(args, &[], "");
            let fair_use = config.fair_use.unwrap();
            (config.seat_hold_seconds, fair_use.seats_per_caller, fair_use.seats_per_address)
        };
        assert_eq!(limits(&[]), (300, 10, 50));
        let given = ["--seat-hold-seconds=1", "--seats-per-caller=100", "--seats-per-address=1000"];
        assert_eq!(limits(&given), (1, 100, 1_000));
        for (name, max) in
            [("seat-hold-seconds", 3_601), ("seats-per-caller", 101), ("seats-per-address", 1_001)]
        {
            for text in ["0", "", "-1", "+1", "many", &max.to_string()] {
                let told = faults(&[&format!("--{name}={text}")], &[], "");
                assert!(
                    told.len() == 1 && told[0].contains("from 1 to"),
                    "{name} {text}: {told:?}"
                );
            }
        }
    }
}
