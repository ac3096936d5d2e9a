//! The counts of generations that have ended: counters of the process never go back.

use std::sync::Arc;

use parking_lot::Mutex;
use rooms::Stats;
use rooms::recovery::RecoveryStats;

use super::generation::Generation;

/// A cheap handle.
#[derive(Clone, Debug, Default)]
pub(super) struct Ended(Arc<Mutex<(Stats, RecoveryStats)>>);

impl Ended {
    /// Adds a generation's counts, once, when it has ended.
    pub(super) fn note(&self, generation: &Generation) {
        let (rooms, recoveries) = (generation.hub().stats(), generation.socketio.recovery_stats());
        let mut noted = self.0.lock();
        let (all_rooms, all_recoveries) = &mut *noted;
        add_rooms(all_rooms, &rooms);
        add_recoveries(all_recoveries, &recoveries);
    }

    pub(super) fn add_rooms(&self, stats: &mut Stats) {
        add_rooms(stats, &self.0.lock().0);
    }

    pub(super) fn add_recoveries(&self, stats: &mut RecoveryStats) {
        add_recoveries(stats, &self.0.lock().1);
    }
}

/// Only counters: the levels of a hub that has ended are gone.
fn add_rooms(stats: &mut Stats, more: &Stats) {
    stats.passes += more.passes;
    stats.writes += more.writes;
    stats.bytes += more.bytes;
    stats.pages += more.pages;
    stats.delays.add(&more.delays);
    for (closes, more) in stats.closes.iter_mut().zip(more.closes) {
        *closes += more;
    }
}

fn add_recoveries(stats: &mut RecoveryStats, more: &RecoveryStats) {
    stats.recovered += more.recovered;
    stats.unknown += more.unknown;
    stats.foreign += more.foreign;
    stats.unrecoverable += more.unrecoverable;
    stats.replaced += more.replaced;
    stats.left_in_place += more.left_in_place;
    stats.taken_back += more.taken_back;
    stats.given_up += more.given_up;
}
