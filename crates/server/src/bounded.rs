//! A map with a bounded size: an entry that is found saves work, and a missing one is made again.

use std::collections::HashMap;
use std::hash::Hash;

use parking_lot::Mutex;

#[derive(Debug)]
pub(crate) struct Bounded<K, V> {
    kept: Mutex<HashMap<K, V>>,
    max: usize,
}

impl<K: Copy + Eq + Hash, V: Clone> Bounded<K, V> {
    pub(crate) fn new(max: usize) -> Self {
        Self { kept: Mutex::default(), max }
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.kept.lock().get(key).cloned()
    }

    /// Keeps it; when the map is full, any other entry makes room.
    pub(crate) fn keep(&self, key: K, value: V) {
        let mut kept = self.kept.lock();
        if kept.len() >= self.max
            && !kept.contains_key(&key)
            && let Some(any) = kept.keys().next().copied()
        {
            kept.remove(&any);
        }
        kept.insert(key, value);
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.kept.lock().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_much_comes_the_last_is_kept_and_the_number_is_bounded() {
        let map = Bounded::new(3);
        for number in 0..10 {
            map.keep(number, number * 2);
            assert_eq!(map.get(&number), Some(number * 2));
        }
        map.keep(9, 1);
        assert_eq!((map.get(&9), map.len()), (Some(1), 3));
    }
}
