//! Whether the clock is right: holds end, departures close and tokens expire by it.

use std::time::Instant;

use booking::Source;
use jiff::{SignedDuration, Timestamp};
use store_sqlite::Inspection;

use super::finding::Finding;

const TOPIC: &str = "clock";

/// How far the wall clock may differ from the monotonic one over one check; more was a jump.
const JUMP_MIN: SignedDuration = SignedDuration::from_millis(500);

/// How far the newest event may be ahead: it was written by this clock.
const AHEAD_MAX: SignedDuration = SignedDuration::from_secs(1);

const CHANGE: &str = "let a time service set it: `timedatectl set-ntp true`, chrony, or the host's \
                      clock for a container";

/// Both clocks at the beginning of the doctor.
pub(super) struct Look {
    wall: Timestamp,
    monotonic: Instant,
}

impl Look {
    pub(super) fn begin() -> Self {
        Self { wall: Source::system().now(), monotonic: Instant::now() }
    }

    pub(super) fn end(self, inspection: Option<&Inspection>) -> Vec<Finding> {
        let now = Source::system().now();
        let elapsed = SignedDuration::try_from(self.monotonic.elapsed()).unwrap_or_default();
        let jump = now.duration_since(self.wall) - elapsed;
        let newest = inspection.and_then(|inspection| inspection.newest_event);
        let newest = newest.and_then(|millis| Timestamp::from_millisecond(millis).ok());
        let mut findings = Vec::new();
        if jump.abs() >= JUMP_MIN {
            findings.push(Finding::change(
                TOPIC,
                format!("it jumped by {jump:#} while it was looked at"),
                "holds end and departures close by the clock",
                CHANGE,
            ));
        }
        if let Some(newest) = newest.filter(|newest| newest.duration_since(now) > AHEAD_MAX) {
            findings.push(Finding::change(
                TOPIC,
                format!("it is {now:.0}, and the newest event in the database is of {newest:.0}"),
                "the clock was put back, or the database is of a machine whose clock is ahead",
                CHANGE,
            ));
        }
        match is_synchronised() {
            Some(true) => findings.push(Finding::ok(TOPIC, format!("{now:.0}, synchronised"))),
            Some(false) => findings.push(Finding::note(
                TOPIC,
                format!("{now:.0}, and the kernel does not call it synchronised"),
                "no time service sets it from here; a container may rely on its host",
            )),
            None => findings.push(Finding::ok(TOPIC, format!("{now:.0}"))),
        }
        findings
    }
}

/// What the time service last told the kernel; not known on other systems.
#[cfg(target_os = "linux")]
fn is_synchronised() -> Option<bool> {
    #[expect(unsafe_code, reason = "a call of the C library has no safe door")]
    // SAFETY: all zeros is a value of this struct of integers; with `modes` 0 the call only reads,
    // and writes nothing but this struct, which is ours.
    let (state, status) = unsafe {
        let mut read: libc::timex = std::mem::zeroed();
        (libc::adjtimex(&raw mut read), read.status)
    };
    (state >= 0).then_some(state != libc::TIME_ERROR && status & libc::STA_UNSYNC == 0)
}

#[cfg(not(target_os = "linux"))]
fn is_synchronised() -> Option<bool> {
    None
}
