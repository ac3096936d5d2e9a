//! Deletes what has been kept long enough: events (`SEATWIRE_EVENT_RETENTION_DAYS`) and the audit
//! (`SEATWIRE_AUDIT_RETENTION_DAYS`), in small steps beside the sale. Of several nodes, the one
//! that claims the work does it.
//!
//! Invariant: never too early, by the same trusted time as for travellers.

use std::time::Duration;

use domain::Actor;
use jiff::{SignedDuration, Timestamp};
use store::{Envelope, PruneWrite, Work};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::desk::Desk;
use crate::error::BookingError;
use crate::retention::TrustedTime;

/// The pause between two looks.
const LOOK: Duration = Duration::from_secs(3_600);

/// The pause between two steps of one look: the sale goes first.
const PAUSE: Duration = Duration::from_millis(50);

/// How long one node claims the work, from its last step on.
const CLAIMED: Duration = Duration::from_secs(60);

/// How long things are kept; `None`: for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub event_days: Option<u32>,
    pub audit_days: Option<u32>,
}

/// Prunes until `stop`.
pub async fn prune(desk: Desk, kept: Kept, time: TrustedTime, stop: CancellationToken) {
    loop {
        let now = time.now(desk.source.now());
        let Kept { event_days, audit_days } = kept;
        let events = event_days.and_then(|days| moment_before(now, days));
        let events = events.map(|before| PruneWrite::Events { before });
        let audit = audit_days.and_then(|days| moment_before(now, days));
        let audit = audit.map(|before| PruneWrite::Audit { before });
        for write in [events, audit].into_iter().flatten() {
            if let Err(error) = desk.prune_all(write, &stop).await {
                tracing::warn!(%error, ?write, "what is old could not be pruned; trying again later");
            }
        }
        if stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_none() {
            return;
        }
    }
}

fn moment_before(now: Timestamp, days: u32) -> Option<Timestamp> {
    now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).ok()
}

impl Desk {
    /// A step at a time, until there is nothing older or another node does it.
    async fn prune_all(
        &self,
        write: PruneWrite,
        stop: &CancellationToken,
    ) -> Result<(), BookingError> {
        let work = match write {
            PruneWrite::Events { .. } => Work::EventPruning,
            PruneWrite::Audit { .. } => Work::AuditPruning,
        };
        let mut rows = 0;
        // There is one piece of each.
        while !self.claim(work, vec![Uuid::nil()], CLAIMED).await?.is_empty() {
            let envelope = Envelope::new(write, Actor::System, self.source.now());
            let gone = self.store.send(envelope).await?.pruned();
            rows += gone;
            if gone == 0 || stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
                break;
            }
        }
        if rows > 0 {
            tracing::info!(rows, ?write, "what is old was pruned");
        }
        Ok(())
    }
}
