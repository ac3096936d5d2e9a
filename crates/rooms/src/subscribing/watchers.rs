//! The viewers of a room, and the rooms of a viewer, for callers of the hub.
//!
//! A room is read in pieces: its lock is held for one piece at a time, never for all viewers. So
//! the answer is of no single moment: viewers that join or leave meanwhile may be in it or not. A
//! viewer that stays is in it once.

use std::sync::Arc;

use crate::engine::hub::Hub;
use crate::engine::viewer::Viewer;
use crate::values::view::View;

/// A viewer of a room, and how it sees the room.
#[derive(Clone, Debug)]
pub struct Watcher {
    /// The connection.
    pub viewer: Arc<Viewer>,
    /// How it sees the room.
    pub view: View,
}

impl Hub {
    /// How many viewers a room has.
    pub fn viewers_of(&self, room: &str) -> usize {
        self.rooms.find(room).map_or(0, |room| room.viewers())
    }

    /// At most `count` viewers of a room, from place `at` on (0 for the first), and the place to go
    /// on from; `None` at the end.
    pub fn watchers(&self, room: &str, at: usize, count: usize) -> (Vec<Watcher>, Option<usize>) {
        let Some(room) = self.rooms.find(room) else {
            return (Vec::new(), None);
        };
        let mut viewers = Vec::with_capacity(count);
        let next = room.chunk(at, count, &mut viewers);
        // The room's lock is released: a viewer's state is locked before a room, never after it.
        let seen = viewers.into_iter().filter_map(|viewer| {
            let view = viewer.look(|state| {
                let member =
                    state.members.iter().find(|member| Arc::ptr_eq(&member.log, &room.log));
                member.map(|member| member.view)
            })?;
            Some(Watcher { viewer, view })
        });
        (seen.collect(), next)
    }
}

impl Viewer {
    /// The rooms that it is in on this channel, in the order in which it joined them.
    pub fn rooms_on(&self, channel: u8) -> Vec<Arc<str>> {
        self.look(|state| {
            let members = state.members.iter().filter(|member| member.view.channel == channel);
            members.map(|member| Arc::clone(&member.log.name)).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Audience, Encoding, Limits, NoHistory, Start};

    #[tokio::test]
    async fn a_room_is_read_in_pieces_and_who_stays_is_in_it_once() {
        let hub = Hub::new(Limits::default(), Arc::new(NoHistory), 0);
        let view = |number| View {
            encoding: Encoding::new(1),
            audience: Audience::Public,
            identity: Some(number),
            channel: 0,
        };
        let mut viewers = Vec::new();
        for number in 0..10 {
            let viewer = hub.connect().unwrap();
            hub.join(&viewer, "a", Start::Head, view(number), |_| []).await.unwrap();
            viewers.push(viewer);
        }
        hub.join(&viewers[0], "b", Start::Head, view(0), |_| []).await.unwrap();
        assert_eq!((hub.viewers_of("a"), hub.viewers_of("b"), hub.viewers_of("c")), (10, 1, 0));
        let (mut seen, mut at, mut pieces) = (Vec::new(), Some(0), 0);
        while let Some(from) = at {
            let (piece, next) = hub.watchers("a", from, 3);
            assert!(piece.len() <= 3);
            seen.extend(piece.iter().filter_map(|watcher| watcher.view.identity));
            // Between two pieces a viewer takes the place of one that left.
            if pieces == 0 {
                viewers.remove(1);
                let viewer = hub.connect().unwrap();
                hub.join(&viewer, "a", Start::Head, view(10), |_| []).await.unwrap();
                viewers.push(viewer);
            }
            (at, pieces) = (next, pieces + 1);
        }
        seen.retain(|number| !matches!(number, 1 | 10));
        assert_eq!(seen, [0, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(
            viewers[0].rooms_on(0).iter().map(|name| &**name).collect::<Vec<_>>(),
            ["a", "b"]
        );
        assert!(viewers[0].rooms_on(1).is_empty());
        assert_eq!(hub.watchers("c", 0, 3).0.len(), 0);
    }
}
