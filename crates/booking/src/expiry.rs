//! Ends reservations that were not paid and holds that became no booking, at their due time; also
//! those that ended while the server was down. Of several nodes, the one that claims a hold ends
//! it.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use domain::command::{Expire, ExpireHold, HoldCommand};
use domain::{Actor, Command, HoldId, TicketId};
use store::Work;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

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
    let mut put_off = PutOff::default();
    loop {
        let (pause, failed) = match desk.expire_due(&mut put_off).await {
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
    async fn expire_due(&self, put_off: &mut PutOff) -> Result<Looked, BookingError> {
        let now = self.source.now();
        // Those that are put off come first, and must not hide what is behind them.
        let most = DUE_MAX + put_off.len();
        let due: Vec<Uuid> = id_of(self.store.due_holds(now, most).await?, |id| id.0);
        let due_seats: Vec<Uuid> = id_of(self.store.due_seat_holds(now, most).await?, |id| id.0);
        let more = due.len() == most || due_seats.len() == most;
        put_off.retain(&[&due, &due_seats]);
        let (due, due_seats) = (put_off.without(due), put_off.without(due_seats));
        let found = due.len() + due_seats.len();
        let due = self.claim(Work::TicketHold, due, CLAIMED).await?;
        let due_seats = self.claim(Work::SeatHold, due_seats, CLAIMED).await?;
        let are_all_ours = due.len() + due_seats.len() == found;
        let of_ticket = |id| Command::Expire(Expire { ticket_id: TicketId(id) });
        let of_seats = |id| Command::Hold(HoldCommand::Expire(ExpireHold { hold_id: HoldId(id) }));
        let ends = due.into_iter().map(|id| (id, of_ticket(id)));
        let ends = ends.chain(due_seats.into_iter().map(|id| (id, of_seats(id))));
        let failed = self.end_together(ends, put_off).await;
        // Not sooner: each try costs those that are committed together with it. And what is put
        // off hides when the next one ends.
        let pause = if failed.is_some() || (put_off.len() > 0 && are_all_ours && !more) {
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
    async fn end_together(
        &self,
        ends: impl Iterator<Item = (Uuid, Command)>,
        put_off: &mut PutOff,
    ) -> Option<BookingError> {
        let mut ending = JoinSet::new();
        for (id, end) in ends {
            let desk = self.clone();
            ending.spawn(async move { (id, desk.execute(Actor::System, end).await) });
        }
        let mut failed = None;
        while let Some(ended) = ending.join_next().await {
            match ended {
                Ok((_, Ok(_))) => {}
                Ok((id, Err(error))) => {
                    put_off.one_more(id, &error);
                    failed = Some(error);
                }
                Err(broke_off) => failed = Some(BookingError::BrokeOff(broke_off)),
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

fn id_of<T>(found: Vec<T>, id: impl Fn(T) -> Uuid) -> Vec<Uuid> {
    found.into_iter().map(id).collect()
}

/// Holds that the store refuses to end for a reason that does not pass by itself, like a damaged
/// row: each is tried again after twice the time, so that they cost the others ever less.
#[derive(Debug, Default)]
struct PutOff(HashMap<Uuid, Wait>);

#[derive(Debug)]
struct Wait {
    until: Instant,
    pause: Duration,
}

/// More are tried every time.
const PUT_OFF_MAX: usize = 4_096;

const PUT_OFF_FOR_MAX: Duration = Duration::from_secs(600);

impl PutOff {
    fn len(&self) -> usize {
        self.0.len()
    }

    /// Those of these whose time has come.
    fn without(&self, ids: Vec<Uuid>) -> Vec<Uuid> {
        let now = Instant::now();
        let is_due = |id: &Uuid| self.0.get(id).is_none_or(|wait| wait.until <= now);
        ids.into_iter().filter(is_due).collect()
    }

    /// Forgets those that are not among these any more: they have been ended after all.
    fn retain(&mut self, due: &[&[Uuid]]) {
        if !self.0.is_empty() {
            let due: HashSet<&Uuid> = due.iter().copied().flatten().collect();
            self.0.retain(|id, _| due.contains(id));
        }
    }

    fn one_more(&mut self, id: Uuid, error: &BookingError) {
        // A full disk or a busy store is nothing about this hold.
        let is_of_the_moment = matches!(error, BookingError::Store(it) if it.is_of_the_moment());
        if is_of_the_moment || (self.len() >= PUT_OFF_MAX && !self.0.contains_key(&id)) {
            return;
        }
        let before = self.0.get(&id).map_or(LOOK_MAX / 2, |wait| wait.pause);
        let pause = (before * 2).min(PUT_OFF_FOR_MAX);
        self.0.insert(id, Wait { until: Instant::now() + pause, pause });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::StoreError;

    #[tokio::test(start_paused = true)]
    async fn what_is_refused_again_and_again_is_tried_ever_less() {
        let mut put_off = PutOff::default();
        let (stuck, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let refused = BookingError::Refused(domain::Refusal::TicketNotFound);
        let mut tries = 0;
        for _ in 0..3_600 {
            let due = put_off.without(vec![stuck, other]);
            assert!(due.contains(&other));
            if due.contains(&stuck) {
                tries += 1;
                put_off.one_more(stuck, &refused);
            }
            tokio::time::advance(LOOK_MAX).await;
        }
        assert_eq!(tries, 15, "1, 2, 4 … 512, then 600 seconds");
        put_off.retain(&[&[stuck], &[]]);
        assert_eq!(put_off.len(), 1);
        put_off.retain(&[&[], &[other]]);
        assert_eq!(put_off.without(vec![stuck]), [stuck], "it was ended, and begins anew");
    }

    #[test]
    fn a_store_that_cannot_write_now_puts_nothing_off_and_what_is_kept_is_bounded() {
        let mut put_off = PutOff::default();
        put_off.one_more(Uuid::nil(), &BookingError::Store(StoreError::Busy));
        assert_eq!(put_off.len(), 0);
        for id in 0..5_000 {
            put_off.one_more(
                Uuid::from_u128(id),
                &BookingError::Refused(domain::Refusal::TicketNotFound),
            );
        }
        assert_eq!(put_off.len(), PUT_OFF_MAX);
    }
}
