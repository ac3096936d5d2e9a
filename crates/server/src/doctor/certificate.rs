//! How long the port's certificate is valid. That it can be read and fits its key is a rule of the
//! settings, and reported with them.

use booking::Source;

use super::finding::Finding;
use crate::certificate::Certificate;
use crate::config::Config;

const TOPIC: &str = "certificate";

/// Let's Encrypt renews with a third of 90 days left: with less, the renewal has failed.
const DAYS_LEFT_MIN: i64 = 21;
const HOURS_PER_DAY: i64 = 24;

pub(super) fn look(config: &Config) -> Vec<Finding> {
    let Some(tls) = &config.tls else { return Vec::new() };
    let Some(certificate) = tls.leaf().as_ref().and_then(Certificate::of) else {
        let what = "its dates cannot be read";
        return vec![Finding::note(TOPIC, what, "clients will judge it by themselves")];
    };
    let now = Source::system().now();
    let days_left = certificate.not_after.duration_since(now).as_hours() / HOURS_PER_DAY;
    let what = format!("good until {:.0}: {days_left} days", certificate.not_after);
    let change = "renew it; a running server reads the files again by itself, and on SIGHUP";
    vec![if certificate.not_before > now {
        let what = format!("good only from {:.0} on", certificate.not_before);
        Finding::change(TOPIC, what, "until then clients refuse it", change)
    } else if certificate.not_after <= now {
        let what = format!("expired at {:.0}", certificate.not_after);
        Finding::change(TOPIC, what, "clients refuse it", change)
    } else if days_left < DAYS_LEFT_MIN {
        Finding::change(TOPIC, what, "whoever renews it should have done so by now", change)
    } else {
        Finding::ok(TOPIC, what)
    }]
}
