//! The port's certificate, read again when its files change and on SIGHUP.
//!
//! Open connections stay as they are; the next handshake uses the new certificate. Invariant: files
//! that cannot be used (half written, another key's) change nothing and are reported once.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::time::Duration;

use metrics::gauge;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::certificate::Certificate;
use crate::config::Tls;
use crate::metrics::CERTIFICATE_EXPIRY;

/// Between two looks at the files. A change counts when two looks find the same: a renewal writes
/// two files, and one of them alone fits nothing.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

/// By what a change of a file is noticed; `None` while there is no file. A rename over it changes
/// the inode, a write the time or the size; Kubernetes changes a link, which then leads to another
/// inode.
type Seen = Option<(u64, u64, i64, i64)>;

/// Handles SIGHUP from now on: without this the signal would end the process.
pub(crate) fn hang_ups() -> Option<Signal> {
    signal(SignalKind::hangup()).ok()
}

/// Watches until the server stops.
pub(crate) async fn watch(tls: Tls, mut hang_ups: Option<Signal>, stop: CancellationToken) {
    tell_expiry(&tls);
    let paths = tls.paths();
    let mut taken = look(&paths);
    let mut last = taken;
    let mut interval = tokio::time::interval(LOOK_INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let is_asked = tokio::select! {
            () = stop.cancelled() => return,
            _ = interval.tick() => false,
            () = next(&mut hang_ups) => true,
        };
        let now = look(&paths);
        let has_settled = now != taken && now == last;
        last = now;
        if is_asked || has_settled {
            taken = now;
            read_again(&tls);
        }
    }
}

async fn next(hang_ups: &mut Option<Signal>) {
    match hang_ups {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

fn look(paths: &[PathBuf; 2]) -> [Seen; 2] {
    let seen = |path: &PathBuf| {
        let found = path.metadata().ok()?;
        Some((found.ino(), found.len(), found.mtime(), found.mtime_nsec()))
    };
    paths.each_ref().map(seen)
}

fn read_again(tls: &Tls) {
    match tls.read_again() {
        Ok(()) => {
            let certificate = tls.leaf().as_ref().and_then(Certificate::of);
            let (serial, not_after) = match &certificate {
                Some(Certificate { serial, not_after, .. }) => {
                    (serial.as_str(), not_after.to_string())
                }
                None => ("unknown", "unknown".to_owned()),
            };
            tracing::info!(serial, not_after, "new connections get the certificate as it is now");
            tell_expiry(tls);
        }
        Err(fault) => {
            tracing::error!(fault, "the new certificate cannot be used; the old one is kept");
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a metric is a float; no year is beyond 2^53 s")]
fn tell_expiry(tls: &Tls) {
    if let Some(certificate) = tls.leaf().as_ref().and_then(Certificate::of) {
        gauge!(CERTIFICATE_EXPIRY).set(certificate.not_after.as_second() as f64);
    }
}
