//! What the rooms count by themselves, without a metrics library: their histogram as text, and the
//! names of the reasons for which viewers are closed.

use std::fmt::Write as _;

use rooms::{CloseReason, Delays};

/// The histogram in Prometheus' text form, to stand behind the other families.
#[expect(
    clippy::cast_precision_loss,
    reason = "a metric is a float; a bound is at most ten seconds"
)]
pub(super) fn histogram(name: &str, help: &str, delays: &Delays) -> String {
    let seconds = |micros: u64| micros as f64 / 1e6;
    let mut text = format!("# HELP {name} {help}\n# TYPE {name} histogram\n");
    let mut so_far = 0;
    let bounds = Delays::BOUNDS_MICROS.map(|micros| seconds(micros).to_string());
    let bounds = bounds.into_iter().chain(["+Inf".to_owned()]);
    // Writing into a string cannot fail.
    for (bound, writes) in bounds.zip(delays.writes) {
        so_far += writes;
        let _ = writeln!(text, "{name}_bucket{{le=\"{bound}\"}} {so_far}");
    }
    let _ = writeln!(text, "{name}_sum {}", seconds(delays.sum_micros));
    let _ = writeln!(text, "{name}_count {so_far}\n");
    text
}

pub(super) const fn reason(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Peer => "peer",
        CloseReason::Transport => "transport",
        CloseReason::Timeout => "timeout",
        CloseReason::Protocol => "protocol",
        CloseReason::Outbox => "outbox",
        CloseReason::Behind => "behind",
        CloseReason::Replaced => "replaced",
        CloseReason::Application => "application",
        CloseReason::Shutdown => "shutdown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::SECONDS;

    #[test]
    fn the_buckets_add_up_and_are_those_of_the_other_durations() {
        let mut delays = Delays { sum_micros: 2_500_000, ..Delays::default() };
        (delays.writes[0], delays.writes[2], delays.writes[14]) = (1, 2, 4);
        let text = histogram("a_seconds", "How long.", &delays);
        let bounds: Vec<&str> =
            text.split("le=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let expected = SECONDS.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
        assert_eq!(bounds, expected.collect::<Vec<_>>());
        for line in [
            "# HELP a_seconds How long.\n# TYPE a_seconds histogram\n",
            "a_seconds_bucket{le=\"0.0005\"} 1\na_seconds_bucket{le=\"0.001\"} 1\n",
            "a_seconds_bucket{le=\"0.0025\"} 3\n",
            "a_seconds_bucket{le=\"10\"} 3\na_seconds_bucket{le=\"+Inf\"} 7\n",
            "a_seconds_sum 2.5\na_seconds_count 7\n\n",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }
}
