//! The viewers of one room, in places that do not move.
//!
//! A pass walks the places by index while viewers come and go between its steps. A viewer that
//! leaves empties a place and one that joins fills one, so no viewer is ever moved past the pass
//! and skipped.

use std::sync::Arc;

/// `W` is the type of a viewer.
#[derive(Debug)]
pub(crate) struct Slots<W> {
    places: Vec<Option<Arc<W>>>,
    free: Vec<u32>,
}

impl<W> Default for Slots<W> {
    fn default() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }
}

impl<W> Slots<W> {
    /// Takes a place; `None` if there are no more numbers for one.
    pub(crate) fn insert(&mut self, viewer: &Arc<W>) -> Option<u32> {
        if let Some(slot) = self.free.pop() {
            self.places[slot as usize] = Some(Arc::clone(viewer));
            return Some(slot);
        }
        let slot = u32::try_from(self.places.len()).ok()?;
        self.places.push(Some(Arc::clone(viewer)));
        Some(slot)
    }

    pub(crate) fn remove(&mut self, slot: u32) {
        let Some(place) = self.places.get_mut(slot as usize) else { return };
        if place.take().is_none() {
            return;
        }
        self.free.push(slot);
        if self.is_empty() {
            *self = Self::default();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies at most `count` viewers from place `at` on; returns the place to go on from, or
    /// `None` at the end.
    pub(crate) fn chunk(&self, at: usize, count: usize, into: &mut Vec<Arc<W>>) -> Option<usize> {
        let mut at = at;
        while at < self.places.len() && into.len() < count {
            into.extend(self.places[at].as_ref().map(Arc::clone));
            at += 1;
        }
        (at < self.places.len()).then_some(at)
    }
}
