//! All rooms of a hub, and what they share.
//!
//! A room is put into the table before history is asked for its head, so no event that is published
//! meanwhile is missed. It is removed with its last viewer. Under the table's lock, logs take
//! offered events, and nothing else is done.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use smallvec::SmallVec;

use crate::engine::room::Room;
use crate::engine::services::Services;
use crate::log::room_log::RoomLog;
use crate::log::shared_log::SharedLog;
use crate::values::event::Event;

/// `W` is the type of a viewer.
pub(crate) struct Rooms<W> {
    pub(crate) services: Services,
    table: Mutex<HashMap<Arc<str>, Arc<Room<W>>>>,
}

impl<W> Rooms<W> {
    pub(crate) fn new(services: Services) -> Arc<Self> {
        Arc::new(Self { services, table: Mutex::default() })
    }

    pub(crate) fn find(&self, name: &str) -> Option<Arc<Room<W>>> {
        self.table.lock().get(name).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Room<W>>> {
        self.table.lock().values().cloned().collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.table.lock().len()
    }

    /// Puts events into the logs of the rooms that exist; returns those rooms.
    pub(crate) fn offer(&self, events: Vec<Event>) -> SmallVec<[Arc<Room<W>>; 4]> {
        let mut touched = SmallVec::<[Arc<Room<W>>; 4]>::new();
        let table = self.table.lock();
        for event in events {
            let Some(room) = table.get(&event.room) else { continue };
            room.log.lock().offer(event);
            if !touched.iter().rev().any(|seen| Arc::ptr_eq(seen, room)) {
                touched.push(Arc::clone(room));
            }
        }
        touched
    }

    /// Puts an event into a log, at the next position, if the room exists. `event` makes it from
    /// that position and the log.
    pub(crate) fn append(
        &self,
        name: &str,
        event: impl FnOnce(&SharedLog, &RoomLog, u64) -> Event,
    ) -> Option<Arc<Room<W>>> {
        // Held to the end: positions are in the order in which the logs are.
        let table = self.table.lock();
        let room = table.get(name)?;
        let published = self.services.published();
        let position = published.through() + 1;
        let mut log = room.log.lock();
        let event = event(&room.log, &log, position);
        log.offer(event);
        drop(log);
        published.has_got_to(position);
        Some(Arc::clone(room))
    }

    /// Every log drops its older half, if all together hold too much.
    pub(crate) fn trim_logs(&self) {
        if self.services.logs.bytes() > self.services.limits().logs_bytes_max {
            for room in self.all() {
                room.log.lock().halve();
            }
        }
    }

    /// The room of this name, which now lasts until it is unpinned.
    pub(crate) fn pin(&self, name: &str) -> Arc<Room<W>> {
        let mut table = self.table.lock();
        let room = match table.get(name) {
            Some(room) => Arc::clone(room),
            None => {
                let room = Room::new(name, self.services.limits(), &self.services.logs);
                table.insert(Arc::clone(&room.log.name), Arc::clone(&room));
                room
            }
        };
        // Before the table is unlocked: else another task could find the room empty in between, and
        // remove it.
        room.pin();
        room
    }

    pub(crate) fn unpin(&self, room: &Arc<Room<W>>) {
        if room.unpin() {
            self.forget(room);
        }
    }

    /// Frees a viewer's place; the room is removed with its last viewer. Not to be called under a
    /// viewer's lock.
    pub(crate) fn vacate(&self, log: &Arc<SharedLog>, slot: u32) {
        let Some(room) = self.find(&log.name).filter(|room| Arc::ptr_eq(&room.log, log)) else {
            unreachable!("a room is in the table for as long as a place in it is taken")
        };
        if room.leave(slot) {
            self.forget(&room);
        }
    }

    /// Removes a room if it still has no viewer and none is joining.
    fn forget(&self, room: &Arc<Room<W>>) {
        let mut table = self.table.lock();
        let same = table.get(&room.log.name).is_some_and(|found| Arc::ptr_eq(found, room));
        // Checked again under the table's lock, under which pins are set.
        if same && room.is_deserted() {
            table.remove(&room.log.name);
            self.services.pages.forget(&room.log);
            if table.len() * 4 < table.capacity() {
                table.shrink_to_fit();
            }
        }
    }
}
