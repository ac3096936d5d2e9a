//! When to stop: on Ctrl-C or SIGTERM. And one signal that must not end the process.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that ask for a stop, recorded from the moment that this exists: one that comes while
/// the server starts takes effect when it has started.
#[derive(Debug)]
pub(crate) struct Requests([Option<Signal>; 2]);

impl Requests {
    /// To be called inside the runtime, before the server announces that it is there.
    pub(crate) fn listen() -> Self {
        Self([SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok()))
    }

    /// Returns at the first signal. Without signal handlers (which does not happen) it never
    /// returns.
    pub(crate) async fn first(mut self) {
        let [interrupt, terminate] = self.0.each_mut().map(|signal| async {
            match signal {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        });
        tokio::select! {
            () = interrupt => {}
            () = terminate => {}
        }
    }
}

/// A write beyond the limit on the size of files (`ulimit -f`, `LimitFSIZE`) causes a signal that
/// kills. Once the signal is handled, the write is an error like that of a full disk, and the
/// request is answered. To be called inside the runtime; it lasts until the process ends.
pub(crate) fn not_for_a_large_file() {
    // Without signal handlers (which does not happen) nothing changes.
    drop(signal(SignalKind::from_raw(libc::SIGXFSZ)));
}
