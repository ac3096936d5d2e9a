//! When to stop: Ctrl-C or SIGTERM. And what is no reason to.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that ask for a stop, kept from the moment that somebody listens: one that comes while
/// the server starts is honoured when it has.
#[derive(Debug)]
pub(crate) struct Requests([Option<Signal>; 2]);

impl Requests {
    /// To be called inside the runtime, before anybody is told that the server is there.
    pub(crate) fn listen() -> Self {
        Self([SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok()))
    }

    /// Returns at the first signal. Without signal handlers (which does not happen) it never does.
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

/// A write beyond the limit on the size of files (`ulimit -f`, `LimitFSIZE`) comes with a signal that
/// kills. Once somebody listens to it, the write is an error like that of a full disk, and answered.
/// To be called inside the runtime; it holds until the process ends.
pub(crate) fn not_for_a_large_file() {
    // Without signal handlers (which does not happen) it stays as it was.
    drop(signal(SignalKind::from_raw(libc::SIGXFSZ)));
}
