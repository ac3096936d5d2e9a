//! Pages from history for one viewer that has fallen behind a log's tail.
//!
//! One short task per page, a bounded number of them at a time. A page is read only when the viewer
//! can take it (its socket is free), so a slow viewer holds at most one. While a page is missing,
//! the viewer's other rooms wait too: the order over all rooms is kept.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::counters::CloseReason;
use crate::entry::Entry;
use crate::event::Event;
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
            after: member.next - 1,
        }
    }
}

pub(crate) fn start(viewer: &Arc<Viewer>, wanted: Wanted) {
    let viewer = Arc::clone(viewer);
    Arc::clone(&viewer.engine).spawn(read(viewer, wanted));
}

async fn read(viewer: Arc<Viewer>, wanted: Wanted) {
    let engine = &viewer.engine;
    let limit = engine.limits.page_events_max;
    let mut attempt = 0;
    loop {
        let page = {
            // Let go of while waiting for the next try: turns are few, and others may have more luck.
            let Ok(_turn) = engine.pages.acquire().await else { return };
            if viewer.closed().is_some() {
                return;
            }
            engine.history.read(&wanted.room.name, wanted.after, limit).await
        };
        match page {
            Ok(page) => {
                engine.counters.pages.fetch_add(1, Ordering::Relaxed);
                return give(&viewer, &wanted, page);
            }
            Err(_) if attempt < engine.limits.page_attempts_max => attempt += 1,
            Err(_) => return viewer.close(CloseReason::Behind),
        }
        tokio::select! {
            () = tokio::time::sleep(repair::pause(attempt)) => {}
            () = engine.stopping.cancelled() => return,
        }
    }
}

fn give(viewer: &Arc<Viewer>, wanted: &Wanted, page: Vec<Event>) {
    viewer.with(|state, after| {
        let member =
            state.members.iter_mut().find(|member| member.is(&wanted.room, wanted.channel));
        let Some(member) = member else { return };
        member.paging = false;
        if member.next != wanted.after + 1 {
            // The application has moved the cursor meanwhile: if it still needs a page, it asks.
            return;
        }
        if page.first().is_none_or(|event| event.seq != member.next) {
            // What the viewer needs is not kept any more: never skip silently.
            viewer.close_state(state, CloseReason::Behind, after);
            return;
        }
        let gauge = Arc::clone(member.room.core.lock().log.gauge());
        let entries = page.into_iter().map(|event| Entry::new(event, &gauge)).collect();
        member.page = Some(Box::new(Page { entries }));
    });
}
