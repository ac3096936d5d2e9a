//! Pages from history for one viewer that has fallen behind a log's tail.
//!
//! One short task per page. A page is asked for only when the viewer can take it (its socket is free),
//! so a slow viewer holds at most one. While a page is missing, the viewer's other rooms wait too: the
//! order over all rooms is kept.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::counters::CloseReason;
use crate::entry::Entry;
use crate::member::{Member, Page};
use crate::repair;
use crate::room::Room;
use crate::viewer::Viewer;

/// A page that a member needs.
#[derive(Debug)]
pub(crate) struct Wanted {
    room: Arc<Room>,
    channel: u8,
    after: u64,
}

impl Wanted {
    pub(crate) fn by(member: &Member) -> Self {
        Self {
            room: Arc::clone(&member.room),
            channel: member.view.channel,
            after: member.at.ordinal,
        }
    }
}

pub(crate) fn start(viewer: &Arc<Viewer>, wanted: Wanted) {
    let viewer = Arc::clone(viewer);
    Arc::clone(&viewer.engine).spawn(read(viewer, wanted));
}

async fn read(viewer: Arc<Viewer>, wanted: Wanted) {
    let engine = &viewer.engine;
    let mut attempt = 0;
    loop {
        {
            // Let go of while waiting for the next try: turns are few, and others may have more luck.
            let Some(_turn) = engine.pages.turn().await else { return };
            if viewer.closed().is_some() {
                return;
            }
            match engine.pages.read(engine, &wanted.room, wanted.after).await {
                Ok(entries) => return give(&viewer, &wanted, entries),
                Err(_) if attempt < engine.limits.page_attempts_max => attempt += 1,
                Err(_) => return viewer.close(CloseReason::Behind),
            }
        }
        tokio::select! {
            () = tokio::time::sleep(repair::pause(attempt)) => {}
            () = engine.stopping.cancelled() => return,
        }
    }
}

fn give(viewer: &Arc<Viewer>, wanted: &Wanted, entries: VecDeque<Arc<Entry>>) {
    viewer.with(|state, after| {
        let member =
            state.members.iter_mut().find(|member| member.is(&wanted.room, wanted.channel));
        let Some(member) = member else { return };
        member.paging = false;
        if member.at.ordinal != wanted.after {
            // The application has moved the cursor meanwhile: if it still needs a page, it asks.
            return;
        }
        if entries.front().is_none_or(|entry| entry.ordinal() != member.next()) {
            // What the viewer needs is not kept any more: never skip silently.
            viewer.close_state(state, CloseReason::Behind, after);
            return;
        }
        member.page = Some(Box::new(Page { entries }));
    });
}
