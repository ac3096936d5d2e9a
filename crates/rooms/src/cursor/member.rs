//! A viewer's place in one room: the cursor, and how its frames are to look.
//!
//! `at` is the place behind the last event that the viewer was given. It only moves forward, one
//! event at a time, except when the application itself sets it.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::log::entry::Entry;
use crate::log::shared_log::SharedLog;
use crate::values::place::Place;
use crate::values::stay::Stay;
use crate::values::view::View;

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) log: Arc<SharedLog>,
    pub(crate) at: Place,
    pub(crate) slot: u32,
    pub(crate) view: View,
    /// A page from history is being read for this member.
    pub(crate) paging: bool,
    /// Boxed because most members never have one. Empty pages are not kept.
    pub(crate) page: Option<Box<Page>>,
    /// Set if this stay can be recovered.
    pub(crate) kept: Option<Box<Kept>>,
}

/// A stay that can be recovered.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) stay: Stay,
    /// The seq after which this connection was recovered, until the client resumes.
    pub(crate) recovered_after: Option<u64>,
}

/// Events that the log no longer keeps, starting at the cursor.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) entries: VecDeque<Arc<Entry>>,
}

impl Member {
    pub(crate) fn is(&self, log: &Arc<SharedLog>, channel: u8) -> bool {
        self.view.channel == channel && Arc::ptr_eq(&self.log, log)
    }

    /// True if it is in the room of this name on this channel.
    pub(crate) fn is_in(&self, room: &str, channel: u8) -> bool {
        self.view.channel == channel && &*self.log.name == room
    }

    /// The ordinal of the first event that the viewer was not given.
    pub(crate) fn next(&self) -> u64 {
        self.at.next()
    }

    /// Notes that everything up to this place was given to the viewer.
    pub(crate) fn given(&mut self, place: Place) {
        self.at = place;
        if let Some(page) = &mut self.page {
            while page.entries.front().is_some_and(|entry| entry.ordinal() <= place.ordinal) {
                page.entries.pop_front();
            }
            if page.entries.is_empty() {
                self.page = None;
            }
        }
    }

    /// Begins a new stay at this place, from any cursor.
    pub(crate) fn restart_at(&mut self, place: Place, kept: Option<Box<Kept>>) {
        self.at = place;
        self.page = None;
        self.kept = kept;
    }
}

// There is one for every room of every viewer: a field more must not make it larger unnoticed.
const _: () = assert!(size_of::<Member>() <= 96);
