//! The queue in front of a hub where several nodes commit: messages may be lost, repeated and
//! reordered on their way, and only an unbroken sequence is released. Holes are read from the
//! store.

use std::collections::{BTreeMap, VecDeque};

use rooms::{Event, Hub};

use crate::fakes::Store;

pub(crate) struct Row {
    /// The position of the last event that was released.
    end: u64,
    on_the_way: VecDeque<Event>,
    ahead: BTreeMap<u64, Event>,
}

impl Row {
    pub(crate) fn behind(end: u64) -> Self {
        Self { end, on_the_way: VecDeque::new(), ahead: BTreeMap::new() }
    }

    /// The node that committed it sends it.
    pub(crate) fn told(&mut self, event: Event) {
        self.on_the_way.push_back(event);
    }

    pub(crate) fn lose(&mut self) {
        self.on_the_way.pop_front();
    }

    pub(crate) fn repeat(&mut self) {
        let first = self.on_the_way.front().cloned();
        self.on_the_way.extend(first);
    }

    /// All others overtake the oldest.
    pub(crate) fn reorder(&mut self) {
        let first = self.on_the_way.pop_front();
        self.on_the_way.extend(first);
    }

    pub(crate) fn arrive(&mut self, count: usize, hub: &Hub) {
        let count = count.min(self.on_the_way.len());
        let end = self.end;
        let newer = self.on_the_way.drain(..count).filter(|event| event.position > end);
        self.ahead.extend(newer.map(|event| (event.position, event)));
        self.release(hub);
    }

    /// Reads the missing events.
    pub(crate) fn repair(&mut self, store: &Store, hub: &Hub) {
        let missing = store.behind(self.end);
        self.ahead.extend(missing.into_iter().map(|event| (event.position, event)));
        self.release(hub);
    }

    fn release(&mut self, hub: &Hub) {
        let mut unbroken = Vec::new();
        while let Some(event) = self.ahead.remove(&(self.end + 1)) {
            self.end += 1;
            unbroken.push(event);
        }
        hub.publish(unbroken);
    }
}
