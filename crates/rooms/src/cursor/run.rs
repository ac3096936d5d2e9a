//! What one room has for one viewer: the events behind its cursor, and what comes after them.
//!
//! Nothing beyond the watermark is shown, and nothing beyond a fenced packet's place.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::cursor::member::Member;
use crate::cursor::terms::Terms;
use crate::cursor::viewer_state::ViewerState;
use crate::log::entry::Entry;

/// Entries of one room that are considered for one write.
const RUN_EVENTS_MAX: usize = 256;

/// What is known of one room behind a cursor.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// The next events, in order.
    pub(crate) entries: Vec<Arc<Entry>>,
    /// What comes after them.
    pub(crate) end: End,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum End {
    /// No published event.
    #[default]
    Complete,
    /// More, once these have been taken.
    More,
    /// Events that are in history only: a page has to be read.
    Page,
    /// Events that the log itself is waiting for.
    Hole,
    /// So many that the viewer is closed.
    TooMany,
}

/// What each of the viewer's rooms has behind its cursor, up to the watermark.
pub(crate) fn all(state: &ViewerState, terms: &Terms, bytes_max: usize) -> SmallVec<[Run; 1]> {
    // Read before any log: every event at or below it is in its log already.
    let watermark = terms.published.through();
    let run = |member: &Member| {
        let barrier = state.outbox.as_ref().and_then(|outbox| outbox.barrier(member));
        behind(member, barrier.unwrap_or(u64::MAX), watermark, bytes_max, terms)
    };
    state.members.iter().map(run).collect()
}

fn behind(member: &Member, barrier: u64, watermark: u64, bytes_max: usize, terms: &Terms) -> Run {
    if let Some(page) = &member.page {
        let published =
            |entry: &&Arc<Entry>| entry.position <= watermark && entry.ordinal() <= barrier;
        let entries: Vec<_> = page.entries.iter().take_while(published).cloned().collect();
        let hidden =
            page.entries.get(entries.len()).is_some_and(|entry| entry.position > watermark);
        return Run { entries, end: if hidden { End::Complete } else { End::More } };
    }
    let log = member.log.lock();
    let (next, head) = (member.next(), log.head().ordinal);
    if next > head {
        let end = if log.has_hole() { End::Hole } else { End::Complete };
        return Run { entries: Vec::new(), end };
    }
    if head - member.at.ordinal > terms.limits.lag_events_max {
        return Run { entries: Vec::new(), end: End::TooMany };
    }
    if next < log.first() {
        return Run { entries: Vec::new(), end: End::Page };
    }
    let visible = log.visible_head(watermark).ordinal;
    let last = visible.min(barrier);
    let mut bytes = 0;
    let mut entries = Vec::new();
    for entry in log.range(next, last).take(RUN_EVENTS_MAX) {
        if bytes > bytes_max {
            break;
        }
        bytes += entry.frame_for(&member.view, terms.published.epoch).len();
        entries.push(Arc::clone(entry));
    }
    let reached = member.at.ordinal + entries.len() as u64;
    let end = match reached {
        _ if reached < visible => End::More,
        _ if visible < head => End::Complete,
        _ if log.has_hole() => End::Hole,
        _ => End::Complete,
    };
    Run { entries, end }
}
