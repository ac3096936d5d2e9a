//! A room's log: the newest events of a room, in order, without a hole.
//!
//! It takes `head + 1`, drops what is older, and keeps later events waiting while a hole before
//! them is filled from history. Before it is opened with the head that history knows, everything
//! waits. It has a bound in events and in bytes; what falls out at the tail is still in history.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::entry::{Entry, Gauge};
use crate::event::Event;
use crate::limits::Limits;

#[derive(Debug)]
pub(crate) struct RoomLog {
    head: u64,
    open: bool,
    entries: VecDeque<Arc<Entry>>,
    waiting: BTreeMap<u64, Event>,
    /// The newest seq that was ever offered: a hole is filled up to here.
    target: u64,
    gauge: Arc<Gauge>,
    events_max: usize,
    bytes_max: usize,
    waiting_max: usize,
}

impl RoomLog {
    pub(crate) fn new(limits: &Limits, all_logs: &Arc<Gauge>) -> Self {
        Self {
            head: 0,
            open: false,
            entries: VecDeque::new(),
            waiting: BTreeMap::new(),
            target: 0,
            gauge: Gauge::under(all_logs),
            events_max: limits.log_events_max,
            bytes_max: limits.log_bytes_max,
            waiting_max: limits.waiting_events_max,
        }
    }

    /// Begins behind `head`, which history knows; takes what has waited. A second call is ignored.
    pub(crate) fn open(&mut self, head: u64) {
        if !self.open {
            self.open = true;
            self.head = head;
            self.settle();
        }
    }

    /// Takes an event if it is the next one, drops it if it is old, else keeps it waiting.
    pub(crate) fn offer(&mut self, event: Event) {
        self.target = self.target.max(event.seq);
        if self.open && event.seq == self.head + 1 {
            self.append(event);
            self.settle();
        } else if !self.open || event.seq > self.head {
            self.waiting.insert(event.seq, event);
            if self.waiting.len() > self.waiting_max {
                // The oldest are kept: they are needed first, the newer ones are read back later.
                self.waiting.pop_last();
            }
        }
    }

    /// True while events are known of that cannot be taken yet.
    pub(crate) fn has_hole(&self) -> bool {
        self.open && self.target > self.head
    }

    pub(crate) fn head(&self) -> u64 {
        self.head
    }

    /// The first seq that has never been offered.
    pub(crate) fn next_seq(&self) -> u64 {
        self.head.max(self.target) + 1
    }

    /// The oldest seq that can be read here; `head + 1` if the log is empty.
    pub(crate) fn first(&self) -> u64 {
        self.entries.front().map_or(self.head + 1, |entry| entry.seq)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The newest seq whose place in the order of all commits has been published. Events beyond
    /// the watermark may have older brothers in other rooms that are not in their logs yet.
    pub(crate) fn visible_head(&self, watermark: u64) -> u64 {
        let hidden = self.entries.iter().rev().take_while(|entry| entry.position > watermark);
        hidden.last().map_or(self.head, |entry| entry.seq - 1)
    }

    /// The newest seq at or before this position, if that can be told from what is kept here.
    pub(crate) fn seq_at(&self, position: u64) -> Option<u64> {
        let behind = self.entries.iter().rev().find(|entry| entry.position <= position);
        match (behind, self.entries.front()) {
            (Some(entry), _) => Some(entry.seq),
            (None, Some(first)) if first.seq == 1 => Some(0),
            (None, _) => None,
        }
    }

    /// The entries `from..=to`, as far as they are kept here; none if `from` is not.
    pub(crate) fn range(&self, from: u64, to: u64) -> impl Iterator<Item = &Arc<Entry>> {
        let first = self.first();
        let kept = from >= first && to <= self.head;
        let skip = if kept { usize::try_from(from - first).unwrap_or(usize::MAX) } else { 0 };
        let take =
            if kept { usize::try_from((to + 1).saturating_sub(from)).unwrap_or(0) } else { 0 };
        self.entries.iter().skip(skip).take(take)
    }

    /// Fills the hole with a page from history. An empty page, or one that begins later than asked
    /// for, means that history has lost the rest of the hole: with `give_up` the log then begins
    /// anew behind it, and who needs what lies before will not find it. True if it got further.
    pub(crate) fn fill(&mut self, page: Vec<Event>, give_up: bool) -> bool {
        let before = self.head;
        let mut lost = page.is_empty();
        for event in page {
            if event.seq <= self.head {
                continue;
            }
            if event.seq > self.head + 1 {
                lost = true;
                self.offer(event);
            } else {
                self.target = self.target.max(event.seq);
                self.append(event);
            }
        }
        self.settle();
        if lost && give_up && self.has_hole() && self.head == before {
            self.entries.clear();
            self.head = self.waiting.keys().next().map_or(self.target, |seq| seq - 1);
            self.settle();
        }
        self.head > before
    }

    /// Puts older events before the first one, if they fit exactly.
    pub(crate) fn prepend(&mut self, older: Vec<Event>) {
        for event in older.into_iter().rev() {
            if event.seq + 1 == self.first() && self.entries.len() < self.events_max {
                self.entries.push_front(Entry::new(event, &self.gauge));
            }
        }
    }

    /// Gives up the older half.
    pub(crate) fn halve(&mut self) {
        self.entries.drain(..self.entries.len().div_ceil(2));
        self.entries.shrink_to_fit();
    }

    fn append(&mut self, event: Event) {
        self.head = event.seq;
        self.entries.push_back(Entry::new(event, &self.gauge));
        while self.entries.len() > self.events_max
            || (self.gauge.bytes() > self.bytes_max && self.entries.len() > 1)
        {
            self.entries.pop_front();
        }
    }

    fn settle(&mut self) {
        while let Some(first) = self.waiting.first_entry() {
            if *first.key() > self.head + 1 {
                break;
            }
            let event = first.remove();
            if event.seq == self.head + 1 {
                self.append(event);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Audience, Encoding, Message};
    use crate::frame::Frame;
    use crate::offset::Offset;

    struct Empty;

    impl Message for Empty {
        fn encode(&self, _: Encoding, _: Audience, _: &Offset) -> Frame {
            Frame::bare("x")
        }
    }

    fn event(seq: u64) -> Event {
        Event { room: "r".into(), seq, position: seq * 10, owner: None, message: Arc::new(Empty) }
    }

    fn log(events_max: usize) -> RoomLog {
        let limits =
            Limits { log_events_max: events_max, waiting_events_max: 3, ..Limits::default() };
        RoomLog::new(&limits, &Arc::new(Gauge::default()))
    }

    fn seqs(log: &RoomLog) -> Vec<u64> {
        log.range(log.first(), log.head()).map(|entry| entry.seq).collect()
    }

    #[test]
    fn takes_the_next_drops_the_old_and_waits_for_the_rest() {
        let mut log = log(8);
        log.offer(event(4));
        log.offer(event(6));
        log.open(4);
        assert_eq!((log.head(), log.has_hole()), (4, true));
        log.offer(event(3));
        log.offer(event(5));
        assert_eq!((seqs(&log), log.has_hole()), (vec![5, 6], false));
    }

    #[test]
    fn a_hole_is_filled_even_if_waiting_events_were_dropped() {
        let mut log = log(8);
        log.open(0);
        for seq in [3, 4, 5, 6, 7] {
            log.offer(event(seq));
        }
        assert!(log.fill(vec![event(1), event(2)], false));
        assert_eq!((log.head(), log.has_hole()), (5, true));
        assert!(log.fill(vec![event(6), event(7), event(8)], false));
        assert_eq!((log.head(), log.has_hole()), (8, false));
    }

    #[test]
    fn a_hole_that_history_has_lost_is_given_up_only_when_told_to() {
        let mut log = log(8);
        log.open(1);
        log.offer(event(5));
        assert!(!log.fill(vec![], false));
        assert!(log.has_hole());
        assert!(log.fill(vec![], true));
        assert_eq!((seqs(&log), log.has_hole()), (vec![5], false));
    }

    #[test]
    fn the_tail_falls_out_and_can_be_put_back() {
        let mut log = log(3);
        log.open(0);
        (1..=5).for_each(|seq| log.offer(event(seq)));
        assert_eq!(seqs(&log), [3, 4, 5]);
        assert_eq!(log.range(2, 5).count(), 0);
        log.halve();
        assert_eq!(seqs(&log), [5]);
        log.prepend(vec![event(2), event(3), event(4)]);
        assert_eq!(seqs(&log), [3, 4, 5]);
    }

    #[test]
    fn a_position_is_found_only_among_what_is_kept() {
        let mut log = log(3);
        log.open(0);
        assert_eq!(log.seq_at(99), None);
        (1..=3).for_each(|seq| log.offer(event(seq)));
        assert_eq!([9, 10, 29, 99].map(|at| log.seq_at(at)), [Some(0), Some(1), Some(2), Some(3)]);
        log.offer(event(4));
        assert_eq!([19, 20, 99].map(|at| log.seq_at(at)), [None, Some(2), Some(4)]);
    }

    #[test]
    fn events_beyond_the_watermark_are_not_visible() {
        let mut log = log(8);
        log.open(2);
        assert_eq!(log.visible_head(0), 2);
        (3..=5).for_each(|seq| log.offer(event(seq)));
        assert_eq!([0, 30, 49, 50, 99].map(|mark| log.visible_head(mark)), [2, 3, 4, 5, 5]);
    }
}
