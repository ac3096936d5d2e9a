//! Reads back what a log does not know: its room's head, and events before its first one.
//!
//! Events that many viewers need are read once for all, as long as the log has room for them.

use crate::engine::services::Services;
use crate::log::shared_log::{Opening, SharedLog};
use crate::values::history::HistoryError;
use crate::values::join_error::JoinError;
use crate::values::place::Place;

/// Opens a log with the head that history has for its room; callers that ask meanwhile share the
/// one answer.
pub(crate) async fn opening(services: &Services, log: &SharedLog) -> Opening {
    let ask = || async {
        match services.history.head(&log.name).await {
            Ok(None) => Opening::Unknown,
            Err(error) => Opening::Failed(error),
            Ok(Some(head)) => {
                log.lock().open(head);
                Opening::Open
            }
        }
    };
    log.opening.get_or_init(ask).await.clone()
}

/// Makes sure that a viewer can start behind the event with this ordinal.
pub(crate) async fn reach(
    services: &Services,
    log: &SharedLog,
    ordinal: u64,
) -> Result<(), JoinError> {
    if ordinal == u64::MAX {
        return Err(JoinError::Ahead { head: bounds(log).0 });
    }
    let limits = services.limits();
    let (head, first) = bounds(log);
    if ordinal > head {
        // The store may be ahead of what was published here.
        let stored = services.history.head(&log.name).await?.map_or(0, |head| head.ordinal);
        return if ordinal > stored { Err(JoinError::Ahead { head: stored }) } else { Ok(()) };
    }
    if head - ordinal > limits.backlog_events_max {
        return Err(JoinError::Behind { head });
    }
    if ordinal + 1 >= first {
        return Ok(());
    }
    let _alone = log.reading.lock().await;
    let (head, first) = bounds(log);
    if ordinal + 1 >= first {
        return Ok(());
    }
    let missing = usize::try_from(first - ordinal - 1).unwrap_or(usize::MAX);
    let room_left = limits.log_events_max.saturating_sub(log.lock().len());
    // If the events do not fit into the log, the viewer reads its own pages; this only makes sure
    // that the first page is still kept.
    let wanted = if missing <= room_left { missing } else { 1 };
    let mut older = Vec::new();
    while older.len() < wanted {
        let after = ordinal + older.len() as u64;
        let limit = (wanted - older.len()).min(limits.page_events_max);
        let page = services.history.read(&log.name, after, limit).await?;
        if page.first().is_none_or(|event| event.place.ordinal != after + 1) {
            return Err(JoinError::Behind { head });
        }
        older.extend(page.into_iter().take(limit));
    }
    if wanted == missing {
        log.lock().prepend(older);
    }
    Ok(())
}

fn bounds(log: &SharedLog) -> (u64, u64) {
    let log = log.lock();
    (log.head().ordinal, log.first())
}

/// The place in a room at or before a position. Events from history are read back into the log, so
/// that all clients that are recovered near the same point share one read.
pub(crate) async fn place_at(
    services: &Services,
    log: &SharedLog,
    position: u64,
) -> Result<Option<Place>, HistoryError> {
    // Read before the log: every event at or below it is in the log already. A client from another
    // node may be ahead of it, and then the log does not know yet how far it got.
    let is_published = position <= services.published().through();
    let known = || is_published.then(|| log.lock().place_at(position)).flatten();
    if let Some(place) = known() {
        return Ok(Some(place));
    }
    let _alone = log.reading.lock().await;
    if let Some(place) = known() {
        return Ok(Some(place));
    }
    let (first, empty) = {
        let log = log.lock();
        (log.first(), log.len() == 0)
    };
    if empty && first > 1 {
        let after = (first - 1).saturating_sub(services.limits().page_events_max as u64);
        let older =
            services.history.read(&log.name, after, services.limits().page_events_max).await?;
        let older = older.into_iter().take_while(|event| event.place.ordinal < first).collect();
        log.lock().prepend(older);
        if let Some(place) = known() {
            return Ok(Some(place));
        }
    }
    services.history.place_at(&log.name, position).await
}

/// The place behind the event with this ordinal.
pub(crate) async fn place(
    services: &Services,
    log: &SharedLog,
    ordinal: u64,
) -> Result<Option<Place>, HistoryError> {
    let known = log.lock().place(ordinal);
    match known {
        Some(place) => Ok(Some(place)),
        None => services.history.place(&log.name, ordinal).await,
    }
}
