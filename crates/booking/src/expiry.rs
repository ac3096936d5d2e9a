//! Ends reservations that were not paid and holds that became no booking, at their due time; also
//! those that ended while the server was down. Of several nodes, the one that claims a hold ends
//! it.

use std::time::{Duration, Instant};

use domain::command::{Expire, ExpireHold, HoldCommand};
use domain::{Actor, Command, HoldId, TicketId};
use store::Work;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::desk::Desk;
use crate::error::BookingError;

/// Holds ended in one round; after a full round the next one follows at once.
const DUE_MAX: usize = 256;

/// The longest sleep. For a hold that ends earlier, the sleep is exact; a clock that jumps is
/// noticed within this time.
const LOOK_MAX: Duration = Duration::from_secs(1);

/// The shortest sleep between two looks, so that a hold which cannot be ended right now (full
/// queue, full disk) does not spin.
const LOOK_MIN: Duration = Duration::from_millis(5);

/// How long one node claims a hold to end it. That takes milliseconds; if the node dies, another
/// one ends the hold this much later.
const CLAIMED: Duration = Duration::from_secs(2);

/// How soon to look again at holds that another node has claimed.
const LOOK_AT_CLAIMED: Duration = Duration::from_millis(100);

/// A hold that cannot be ended is told of once in this time, however many there are.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// Ends holds until `stop`.
pub async fn expire_holds(desk: Desk, stop: CancellationToken) {
    let mut told: Option<Instant> = None;
    loop {
        let (pause, failed) = match desk.expire_due().await {
            Ok(Looked { pause, failed }) => (pause, failed),
            Err(error) => (LOOK_MAX, Some(error)),
        };
        if let Some(error) = failed
            && told.is_none_or(|told| told.elapsed() > TOLD_EVERY)
        {
            tracing::warn!(%error, "holds could not be ended; trying again");
            told = Some(Instant::now());
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

struct Looked {
    /// How long to wait for the next.
    pause: Duration,
    /// One that could not be ended. It does not hold up the others.
    failed: Option<BookingError>,
}

impl Desk {
    /// Ends every hold that is due.
    async fn expire_due(&self) -> Result<Looked, BookingError> {
        let now = self.source.now();
        let due = self.store.due_holds(now, DUE_MAX).await?;
        let due_seats = self.store.due_seat_holds(now, DUE_MAX).await?;
        let more = due.len() == DUE_MAX || due_seats.len() == DUE_MAX;
        let found = due.len() + due_seats.len();
        let due = due.into_iter().map(|id| id.0).collect();
        let due_seats = due_seats.into_iter().map(|id| id.0).collect();
        let due = self.claim(Work::TicketHold, due, CLAIMED).await?;
        let due_seats = self.claim(Work::SeatHold, due_seats, CLAIMED).await?;
        let are_all_ours = due.len() + due_seats.len() == found;
        let of_ticket = |id| Command::Expire(Expire { ticket_id: TicketId(id) });
        let of_seats = |id| Command::Hold(HoldCommand::Expire(ExpireHold { hold_id: HoldId(id) }));
        let commands = due.into_iter().map(of_ticket).chain(due_seats.into_iter().map(of_seats));
        let failed = self.end_together(commands).await;
        // Not sooner: each try costs those that are committed together with it.
        let pause = if failed.is_some() {
            LOOK_MAX
        } else if !are_all_ours {
            LOOK_AT_CLAIMED
        } else if more {
            LOOK_MIN
        } else {
            self.until_next_end().await?
        };
        Ok(Looked { pause, failed })
    }

    /// Sent together, so that the store can commit them together.
    async fn end_together(&self, ends: impl Iterator<Item = Command>) -> Option<BookingError> {
        let mut ending = JoinSet::new();
        for end in ends {
            let desk = self.clone();
            ending.spawn(async move { desk.execute(Actor::System, end).await });
        }
        let mut failed = None;
        while let Some(ended) = ending.join_next().await {
            if let Err(error) = ended.map_err(BookingError::BrokeOff).flatten() {
                failed = Some(error);
            }
        }
        failed
    }

    async fn until_next_end(&self) -> Result<Duration, BookingError> {
        let Some(next) = self.store.next_hold_end().await? else { return Ok(LOOK_MAX) };
        let wait = next.duration_since(self.source.now());
        // For a hold that has become due meanwhile, the wait is the shortest sleep.
        let wait = Duration::try_from(wait).unwrap_or(LOOK_MIN);
        Ok(wait.clamp(LOOK_MIN, LOOK_MAX))
    }
}
