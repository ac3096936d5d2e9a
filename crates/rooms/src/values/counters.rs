//! What the engine counts. Plain atomics: a metrics library can read them from here.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::values::delays::{DelayCounters, Delays};

/// Why a viewer was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The peer has closed the connection or left.
    Peer,
    /// A read or a write failed.
    Transport,
    /// The peer did not answer in time.
    Timeout,
    /// The peer broke the protocol.
    Protocol,
    /// More packets waited for it than an outbox may hold.
    Outbox,
    /// It fell further behind than the bound allows, or history no longer had what it needed.
    Behind,
    /// Its client was recovered on another connection.
    Replaced,
    /// The application closed it.
    Application,
    /// The server is stopping.
    Shutdown,
}

impl CloseReason {
    /// All of them, in the order in which they are counted.
    pub const ALL: [Self; 9] = [
        Self::Peer,
        Self::Transport,
        Self::Timeout,
        Self::Protocol,
        Self::Outbox,
        Self::Behind,
        Self::Replaced,
        Self::Application,
        Self::Shutdown,
    ];
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Viewers now.
    pub viewers: usize,
    /// Rooms now.
    pub rooms: usize,
    /// Bytes that all logs hold now.
    pub log_bytes: usize,
    /// Bytes that pages hold now: viewers that have fallen behind a log read pages.
    pub page_bytes: usize,
    /// Passes since the start.
    pub passes: u64,
    /// Successful writes to sockets since the start.
    pub writes: u64,
    /// Bytes written to sockets since the start.
    pub bytes: u64,
    /// Pages read from history for viewers that had fallen behind a log; they share them.
    pub pages: u64,
    /// Closed viewers by reason, in the order of [`CloseReason::ALL`].
    pub closes: [u64; CloseReason::ALL.len()],
    /// How long events took to the sockets of viewers.
    pub delays: Delays,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) passes: AtomicU64,
    pub(crate) writes: AtomicU64,
    pub(crate) bytes: AtomicU64,
    closes: [AtomicU64; CloseReason::ALL.len()],
    pub(crate) delays: DelayCounters,
}

impl Counters {
    pub(crate) fn wrote(&self, bytes: usize) {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn closed(&self, reason: CloseReason) {
        self.closes[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn fill(&self, stats: &mut Stats) {
        stats.passes = self.passes.load(Ordering::Relaxed);
        stats.writes = self.writes.load(Ordering::Relaxed);
        stats.bytes = self.bytes.load(Ordering::Relaxed);
        stats.delays = self.delays.delays();
        for (sum, counter) in stats.closes.iter_mut().zip(&self.closes) {
            *sum = counter.load(Ordering::Relaxed);
        }
    }
}
