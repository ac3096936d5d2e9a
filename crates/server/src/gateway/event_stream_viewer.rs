//! A viewer that reads Server-Sent Events of one route, pulled by the body of a response.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use rooms::{Frame, Presence};

use super::known::Known;

/// The number of stream readers in the whole process: no reader keeps anything for this count.
static READERS: AtomicUsize = AtomicUsize::new(0);

/// The number of readers of event streams now.
pub(super) fn readers() -> usize {
    READERS.load(Ordering::Relaxed)
}

/// Dropping it leaves the route.
#[derive(Debug)]
pub(crate) struct EventStreamViewer {
    presence: Presence,
    /// Held as long as the viewer's privileges are checked ([`super::privileges`]).
    _known: Option<Arc<Known>>,
    _counted: Counted,
}

/// Counts one reader, for as long as it is held.
#[derive(Debug)]
struct Counted;

impl Counted {
    fn new() -> Self {
        READERS.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        READERS.fetch_sub(1, Ordering::Relaxed);
    }
}

impl EventStreamViewer {
    /// `presence` watches its route already.
    pub(super) fn new(presence: Presence, known: Option<Arc<Known>>) -> Self {
        Self { presence, _known: known, _counted: Counted::new() }
    }

    /// The frames to send; `None` once the viewer was closed, or the route is gone.
    pub(crate) fn poll_take(
        &mut self,
        cx: &mut Context<'_>,
        bytes_max: usize,
    ) -> Poll<Option<Vec<Frame>>> {
        let viewer = self.presence.viewer();
        match viewer.poll_take(cx, bytes_max) {
            // The viewer was sent the end of the route, and watches nothing any more.
            Poll::Pending if viewer.rooms() == 0 => Poll::Ready(None),
            taken => taken.map(Result::ok),
        }
    }
}
