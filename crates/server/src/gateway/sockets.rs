//! The connections of this node: the viewers of an account or of a route, for administrators.
//!
//! Only what is known anyway is listed: a viewer keeps nothing for it. The list is not of a single
//! moment: a large room is read in pieces, and a viewer that joins or leaves meanwhile may be in it
//! or not.

use std::sync::Arc;

use domain::{RouteId, UserId, ViewersOf};
use rooms::Viewer;
use store::{Page, Paged};

use super::Gateway;
use super::door::Door;
use super::generation::Generation;
use super::open_socket::{OpenSocket, Transport};
use super::room_name::{room, route_of};
use super::streams::PIECE_VIEWERS_MAX;

/// A viewer to which messages can be sent.
pub(super) struct Reached {
    pub(super) viewer: Arc<Viewer>,
    pub(super) transport: Transport,
    user_id: Option<UserId>,
}

impl Reached {
    fn by_door(door: &Door, user_id: UserId) -> Option<Self> {
        let door = door.open()?;
        let (viewer, transport) = (Arc::clone(door.viewer()), door.transport());
        Some(Self { viewer, transport, user_id: Some(user_id) })
    }

    fn socket(&self) -> OpenSocket {
        // All rooms are in the one namespace.
        let rooms = self.viewer.rooms_on(0);
        let route_ids = rooms.iter().filter_map(|room| route_of(room)).collect();
        OpenSocket { transport: self.transport, user_id: self.user_id, route_ids }
    }
}

impl Generation {
    /// The viewers of an account, in the order in which they came. There are as many as the account
    /// has connections.
    pub(super) fn reached_of_user(&self, id: UserId) -> Vec<Reached> {
        let doors = self.identities.privileges.doors_of(id);
        doors.iter().filter_map(|door| Reached::by_door(door, id)).collect()
    }

    /// A piece of a route's viewers from this index on, and where the next piece begins.
    pub(super) fn reached_of_route(&self, id: RouteId, at: usize) -> (Vec<Reached>, Option<usize>) {
        let (watchers, next) = self.hub().watchers(&room(id), at, PIECE_VIEWERS_MAX);
        let reached = watchers.into_iter().map(|watcher| Reached {
            transport: Transport::of(watcher.view.encoding),
            user_id: watcher.view.identity.map(|id| UserId(uuid::Uuid::from_u128(id))),
            viewer: watcher.viewer,
        });
        (reached.collect(), next)
    }

    fn sockets_of_route(&self, id: RouteId, offset: usize, limit: usize) -> Vec<OpenSocket> {
        let (mut skipped, mut sockets, mut at) = (0, Vec::new(), Some(0));
        while let Some(place) = at
            && sockets.len() < limit
        {
            let (piece, next) = self.reached_of_route(id, place);
            let skips = piece.len().min(offset - skipped);
            let wanted = piece.iter().skip(skips).take(limit - sockets.len());
            sockets.extend(wanted.map(Reached::socket));
            skipped += skips;
            at = next;
        }
        sockets
    }
}

impl Gateway {
    /// How many of them are connected to this node.
    pub(crate) fn count_sockets(&self, of: ViewersOf) -> u64 {
        let generation = self.generation();
        let count = match of {
            ViewersOf::User(id) => generation.identities.privileges.doors_of(id).len(),
            ViewersOf::Route(id) => generation.hub().viewers_of(&room(id)),
        };
        count as u64
    }

    /// A page of those that are connected to this node.
    pub(crate) fn sockets(&self, of: ViewersOf, page: Page) -> Paged<OpenSocket> {
        let generation = self.generation();
        let as_usize = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let (offset, limit) = (as_usize(page.offset), as_usize(page.limit));
        let (sockets, total) = match of {
            ViewersOf::User(id) => {
                let all = generation.reached_of_user(id);
                let sockets = all.iter().skip(offset).take(limit).map(Reached::socket).collect();
                (sockets, all.len())
            }
            ViewersOf::Route(id) => {
                let total = generation.hub().viewers_of(&room(id));
                (generation.sockets_of_route(id, offset, limit), total)
            }
        };
        Paged::counted(sockets, total as u64)
    }
}
