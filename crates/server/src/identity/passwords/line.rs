//! Waiting in turn: which item is next, and which one is removed when there is no room.
//!
//! A line of lines gives each of its lines a turn in rotation, however many items wait in it. So a
//! caller with three hundred requests delays another by one of them, not by all. Plain data: no
//! thread, no clock.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

pub(super) trait Line: Default {
    type Item;
    /// Where in the line an item waits.
    type Place;

    fn len(&self) -> usize;

    fn push(&mut self, place: Self::Place, item: Self::Item);

    /// Takes out the next item.
    fn next(&mut self) -> Option<Self::Item>;

    /// Takes out the newest item of the longest line, so that one more can come to `place`. `None`
    /// when `place` is in the longest line itself: then the newcomer is the one too many.
    fn make_room(&mut self, place: &Self::Place) -> Option<Self::Item>;

    /// Takes out the newest item of the longest line.
    fn shed(&mut self) -> Option<Self::Item>;
}

/// First come, first served.
impl<T> Line for VecDeque<T> {
    type Item = T;
    type Place = ();

    fn len(&self) -> usize {
        VecDeque::len(self)
    }

    fn push(&mut self, (): (), item: T) {
        self.push_back(item);
    }

    fn next(&mut self) -> Option<T> {
        self.pop_front()
    }

    fn make_room(&mut self, (): &()) -> Option<T> {
        None
    }

    fn shed(&mut self) -> Option<T> {
        self.pop_back()
    }
}

/// One line for each key, in rotation.
#[derive(Debug)]
pub(super) struct Rotation<K, L> {
    /// None of them is empty.
    lines: HashMap<K, L>,
    /// Each key of `lines` once, the next first.
    turns: VecDeque<K>,
    len: usize,
}

impl<K, L> Default for Rotation<K, L> {
    fn default() -> Self {
        Self { lines: HashMap::new(), turns: VecDeque::new(), len: 0 }
    }
}

impl<K: Clone + Eq + Hash, L: Line> Rotation<K, L> {
    /// Takes an item out of one line, and removes the line if it is empty then.
    fn take(&mut self, key: &K, take: impl FnOnce(&mut L) -> Option<L::Item>) -> Option<L::Item> {
        let line = self.lines.get_mut(key)?;
        let item = take(line)?;
        let is_empty = line.len() == 0;
        self.len -= 1;
        if is_empty {
            self.lines.remove(key);
            self.turns.retain(|other| other != key);
        }
        Some(item)
    }

    fn longest(&self) -> Option<(&K, usize)> {
        self.lines.iter().map(|(key, line)| (key, line.len())).max_by_key(|(_, len)| *len)
    }
}

impl<K: Clone + Eq + Hash, L: Line> Line for Rotation<K, L> {
    type Item = L::Item;
    type Place = (K, L::Place);

    fn len(&self) -> usize {
        self.len
    }

    fn push(&mut self, (key, place): Self::Place, item: Self::Item) {
        self.len += 1;
        if !self.lines.contains_key(&key) {
            self.turns.push_back(key.clone());
        }
        self.lines.entry(key).or_default().push(place, item);
    }

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.turns.front()?.clone();
        let item = self.take(&key, L::next);
        // The key is still first if its line is not empty: it has had its turn.
        if self.turns.front() == Some(&key) {
            self.turns.rotate_left(1);
        }
        item
    }

    fn make_room(&mut self, (key, place): &Self::Place) -> Option<Self::Item> {
        let own = self.lines.get(key).map_or(0, L::len);
        let (longest, len) = self.longest()?;
        if len > own + 1 {
            let longest = longest.clone();
            return self.take(&longest, L::shed);
        }
        self.take(key, |line| line.make_room(place))
    }

    fn shed(&mut self) -> Option<Self::Item> {
        let longest = self.longest()?.0.clone();
        self.take(&longest, L::shed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Lines = Rotation<char, Rotation<char, VecDeque<u32>>>;

    fn lines(waiting: &[(char, char, u32)]) -> Lines {
        let mut lines = Lines::default();
        for &(address, account, item) in waiting {
            lines.push((address, (account, ())), item);
        }
        lines
    }

    fn rest(mut lines: Lines) -> Vec<u32> {
        let rest: Vec<_> = std::iter::from_fn(|| lines.next()).collect();
        assert_eq!((lines.len(), lines.lines.len(), lines.turns.len()), (0, 0, 0));
        rest
    }

    #[test]
    fn turns_go_round_by_address_and_within_it_by_account() {
        let waiting = [
            ('a', 'x', 1),
            ('a', 'x', 2),
            ('a', 'x', 3),
            ('b', 'x', 4),
            ('a', 'y', 5),
            ('b', 'x', 6),
            ('c', 'z', 7),
        ];
        assert_eq!(rest(lines(&waiting)), [1, 4, 7, 5, 6, 2, 3]);
    }

    #[test]
    fn room_is_made_where_most_wait_by_its_newest() {
        let crowd: Vec<_> = (0..9).map(|item| ('a', 'x', item)).chain([('b', 'x', 9)]).collect();
        let mut lines = lines(&crowd);
        assert_eq!(lines.make_room(&('c', ('x', ()))), Some(8));
        assert_eq!(lines.make_room(&('a', ('y', ()))), Some(7), "within one address too");
        // The newcomer of the longest line is the one too many.
        assert_eq!(lines.make_room(&('a', ('x', ()))), None);
        assert_eq!(lines.len(), 8);
        assert_eq!(rest(lines), [0, 9, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn nobody_is_sent_away_for_an_equal() {
        let mut lines = lines(&[('a', 'x', 1), ('b', 'x', 2)]);
        assert_eq!(lines.make_room(&('c', ('x', ()))), None);
        assert_eq!(Lines::default().make_room(&('c', ('x', ()))), None);
    }
}
