//! The viewers of a hub that read event streams, and how they are ended.

use std::sync::{Arc, Weak};
use std::time::Duration;

use rooms::{CloseReason, Hub, Viewer};
use socketio::spread;

use super::encodings::SSE;

/// Viewers that are read from a room at once.
pub(super) const PIECE_VIEWERS_MAX: usize = 256;

/// Ends the streams of all readers, evenly over this time.
pub(super) async fn end_all(hub: &Hub, over: Duration) {
    let end = |viewer: &Weak<Viewer>| {
        if let Some(viewer) = viewer.upgrade() {
            viewer.end([], CloseReason::Shutdown);
        }
    };
    spread::evenly(&streams(hub), over, end).await;
}

/// Found through their rooms: nothing is kept for a reader until it has to be ended.
fn streams(hub: &Hub) -> Vec<Weak<Viewer>> {
    let mut rooms = Vec::new();
    hub.each_room(|room, _| rooms.push(room.to_owned()));
    let mut streams = Vec::new();
    for room in rooms {
        let mut at = Some(0);
        while let Some(place) = at {
            let (watchers, next) = hub.watchers(&room, place, PIECE_VIEWERS_MAX);
            let readers = watchers.iter().filter(|watcher| watcher.view.encoding == SSE);
            streams.extend(readers.map(|reader| Arc::downgrade(&reader.viewer)));
            at = next;
        }
    }
    streams
}
