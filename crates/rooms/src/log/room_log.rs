//! A room's log: the newest events of a room, in order, without a hole.
//!
//! It takes `head + 1`, drops older events, and keeps later ones waiting while a hole before them
//! is filled from history. Before it is opened with the head from history, all events wait. It has
//! a bound in events and in bytes; events that it drops at the tail are still in history.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::log::entry::Entry;
use crate::log::gauge::Gauge;
use crate::values::event::Event;
use crate::values::limits::Limits;
use crate::values::place::Place;

#[derive(Debug)]
pub(crate) struct RoomLog {
    head: Place,
    open: bool,
    /// The room's last event is in it, or was.
    ended: bool,
    /// A task is filling the hole.
    repairing: bool,
    entries: VecDeque<Arc<Entry>>,
    waiting: BTreeMap<u64, Event>,
    /// The newest place that was ever offered: a hole is filled up to here.
    target: Place,
    gauge: Arc<Gauge>,
    events_max: usize,
    bytes_max: usize,
    waiting_max: usize,
}

impl RoomLog {
    pub(crate) fn new(limits: &Limits, all_logs: &Arc<Gauge>) -> Self {
        Self {
            head: Place::START,
            open: false,
            ended: false,
            repairing: false,
            entries: VecDeque::new(),
            waiting: BTreeMap::new(),
            target: Place::START,
            gauge: Gauge::under(all_logs),
            events_max: limits.log_events_max,
            bytes_max: limits.log_bytes_max,
            waiting_max: limits.waiting_events_max,
        }
    }

    /// Begins behind `head`, which comes from history; takes the events that waited. A second call
    /// is ignored.
    pub(crate) fn open(&mut self, head: Place) {
        if !self.open {
            self.open = true;
            self.head = head;
            self.settle();
        }
    }

    /// Takes an event if it is the next one, drops it if it is old, else keeps it waiting.
    pub(crate) fn offer(&mut self, event: Event) {
        self.target = self.target.later(event.place);
        let ordinal = event.place.ordinal;
        if self.open && ordinal == self.head.next() {
            self.append(event);
            self.settle();
        } else if !self.open || ordinal > self.head.ordinal {
            self.waiting.insert(ordinal, event);
            if self.waiting.len() > self.waiting_max {
                // The oldest are kept: they are needed first, the newer ones are read back later.
                self.waiting.pop_last();
            }
        }
    }

    /// True once the room's last event was taken: no viewer may join any more.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// True while there are known events that cannot be taken yet.
    pub(crate) fn has_hole(&self) -> bool {
        self.open && self.target.ordinal > self.head.ordinal
    }

    /// True if there is a hole that no task is filling yet: the caller fills it.
    pub(crate) fn begin_repair(&mut self) -> bool {
        let begins = self.has_hole() && !self.repairing;
        self.repairing |= begins;
        begins
    }

    pub(crate) fn end_repair(&mut self) {
        self.repairing = false;
    }

    pub(crate) fn head(&self) -> Place {
        self.head
    }

    /// The place behind the next event, if clients count it and none is missing before it.
    pub(crate) fn next_counted(&self) -> Place {
        let Place { ordinal, seq } = self.head.later(self.target);
        Place { ordinal: ordinal + 1, seq: seq + 1 }
    }

    /// The oldest ordinal that can be read here; `head + 1` if the log is empty.
    pub(crate) fn first(&self) -> u64 {
        self.entries.front().map_or(self.head.next(), |entry| entry.ordinal())
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The newest place whose position in the order of all commits was published. There may be
    /// older events than those beyond the watermark in other rooms, not in their logs yet.
    pub(crate) fn visible_head(&self, watermark: u64) -> Place {
        let hidden = self.entries.iter().rev().take_while(|entry| entry.position > watermark);
        hidden.last().map_or(self.head, |entry| entry.before())
    }

    /// The place behind the event with this ordinal, if the kept events show it.
    pub(crate) fn place(&self, ordinal: u64) -> Option<Place> {
        match self.entries.front() {
            _ if ordinal == 0 => Some(Place::START),
            _ if ordinal == self.head.ordinal => Some(self.head),
            Some(first) if ordinal == first.before().ordinal => Some(first.before()),
            _ => self.range(ordinal, ordinal).next().map(|entry| entry.place),
        }
    }

    /// The newest place at or before this position, if the kept events show it.
    pub(crate) fn place_at(&self, position: u64) -> Option<Place> {
        let behind = self.entries.iter().rev().find(|entry| entry.position <= position);
        match (behind, self.entries.front()) {
            (Some(entry), _) => Some(entry.place),
            (None, Some(first)) if first.ordinal() == 1 => Some(Place::START),
            (None, _) => None,
        }
    }

    /// The entries `from..=to`, as far as they are kept here; none if `from` is not.
    pub(crate) fn range(&self, from: u64, to: u64) -> impl Iterator<Item = &Arc<Entry>> {
        let first = self.first();
        let kept = from >= first && to <= self.head.ordinal;
        let skip = if kept { usize::try_from(from - first).unwrap_or(usize::MAX) } else { 0 };
        let take =
            if kept { usize::try_from((to + 1).saturating_sub(from)).unwrap_or(0) } else { 0 };
        self.entries.iter().skip(skip).take(take)
    }

    /// Fills the hole with a page from history. An empty page, or one that begins later than asked
    /// for, means that history has lost the rest of the hole: with `give_up` the log then starts
    /// again behind it, and a viewer that needs earlier events will not find them. True if it got
    /// further.
    pub(crate) fn fill(&mut self, page: Vec<Event>, give_up: bool) -> bool {
        let before = self.head;
        let mut lost = page.is_empty();
        for event in page {
            if event.place.ordinal <= self.head.ordinal {
                continue;
            }
            if event.place.ordinal > self.head.next() {
                lost = true;
                self.offer(event);
            } else {
                self.target = self.target.later(event.place);
                self.append(event);
            }
        }
        self.settle();
        if lost && give_up && self.has_hole() && self.head == before {
            self.entries.clear();
            self.head = self.waiting.values().next().map_or(self.target, Event::before);
            self.settle();
        }
        self.head.ordinal > before.ordinal
    }

    /// Puts older events before the first one, if they fit exactly.
    pub(crate) fn prepend(&mut self, older: Vec<Event>) {
        for event in older.into_iter().rev() {
            if event.place.next() == self.first() && self.entries.len() < self.events_max {
                self.entries.push_front(Entry::new(event, &self.gauge));
            }
        }
    }

    /// Drops the older half.
    pub(crate) fn halve(&mut self) {
        self.entries.drain(..self.entries.len().div_ceil(2));
        self.entries.shrink_to_fit();
    }

    fn append(&mut self, event: Event) {
        self.head = event.place;
        let entry = Entry::new(event, &self.gauge);
        self.ended |= entry.is_last;
        self.entries.push_back(entry);
        while self.entries.len() > self.events_max
            || (self.gauge.bytes() > self.bytes_max && self.entries.len() > 1)
        {
            self.entries.pop_front();
        }
    }

    fn settle(&mut self) {
        while let Some(first) = self.waiting.first_entry() {
            if *first.key() > self.head.next() {
                break;
            }
            let event = first.remove();
            if event.place.ordinal == self.head.next() {
                self.append(event);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::event::{Audience, Encoding, Message};
    use crate::values::frame::Frame;
    use crate::values::offset::Offset;

    struct Empty;

    impl Message for Empty {
        fn encode(&self, _: Encoding, _: Audience, _: &Offset) -> Frame {
            Frame::bare("x")
        }
    }

    fn event(ordinal: u64) -> Event {
        Event {
            room: "r".into(),
            place: Place::counted(ordinal),
            is_counted: true,
            position: ordinal * 10,
            owner: None,
            message: Arc::new(Empty),
            known_at: None,
        }
    }

    fn log(events_max: usize) -> RoomLog {
        let limits =
            Limits { log_events_max: events_max, waiting_events_max: 3, ..Limits::default() };
        RoomLog::new(&limits, &Arc::new(Gauge::default()))
    }

    fn ordinals(log: &RoomLog) -> Vec<u64> {
        log.range(log.first(), log.head().ordinal).map(|entry| entry.ordinal()).collect()
    }

    #[test]
    fn takes_the_next_drops_the_old_and_waits_for_the_rest() {
        let mut log = log(8);
        log.offer(event(4));
        log.offer(event(6));
        log.open(Place::counted(4));
        assert_eq!((log.head().ordinal, log.has_hole()), (4, true));
        log.offer(event(3));
        log.offer(event(5));
        assert_eq!((ordinals(&log), log.has_hole()), (vec![5, 6], false));
    }

    #[test]
    fn a_hole_is_filled_even_if_waiting_events_were_dropped() {
        let mut log = log(8);
        log.open(Place::counted(0));
        for ordinal in [3, 4, 5, 6, 7] {
            log.offer(event(ordinal));
        }
        assert!(log.fill(vec![event(1), event(2)], false));
        assert_eq!((log.head().ordinal, log.has_hole()), (5, true));
        assert!(log.fill(vec![event(6), event(7), event(8)], false));
        assert_eq!((log.head().ordinal, log.has_hole()), (8, false));
    }

    #[test]
    fn a_hole_that_history_has_lost_is_given_up_only_when_told_to() {
        let mut log = log(8);
        log.open(Place::counted(1));
        log.offer(event(5));
        assert!(!log.fill(vec![], false));
        assert!(log.has_hole());
        assert!(log.fill(vec![], true));
        assert_eq!((ordinals(&log), log.has_hole()), (vec![5], false));
    }

    #[test]
    fn the_tail_falls_out_and_can_be_put_back() {
        let mut log = log(3);
        log.open(Place::counted(0));
        (1..=5).for_each(|ordinal| log.offer(event(ordinal)));
        assert_eq!(ordinals(&log), [3, 4, 5]);
        assert_eq!(log.range(2, 5).count(), 0);
        log.halve();
        assert_eq!(ordinals(&log), [5]);
        log.prepend(vec![event(2), event(3), event(4)]);
        assert_eq!(ordinals(&log), [3, 4, 5]);
    }

    #[test]
    fn a_position_is_found_only_among_what_is_kept() {
        let mut log = log(3);
        log.open(Place::counted(0));
        assert_eq!(log.place_at(99), None);
        (1..=3).for_each(|ordinal| log.offer(event(ordinal)));
        assert_eq!(
            [9, 10, 29, 99].map(|at| log.place_at(at).map(|place| place.ordinal)),
            [Some(0), Some(1), Some(2), Some(3)]
        );
        log.offer(event(4));
        assert_eq!(
            [19, 20, 99].map(|at| log.place_at(at).map(|place| place.ordinal)),
            [None, Some(2), Some(4)]
        );
    }

    #[test]
    fn events_beyond_the_watermark_are_not_visible() {
        let mut log = log(8);
        log.open(Place::counted(2));
        assert_eq!(log.visible_head(0).ordinal, 2);
        (3..=5).for_each(|ordinal| log.offer(event(ordinal)));
        assert_eq!([0, 30, 49, 50, 99].map(|mark| log.visible_head(mark).ordinal), [2, 3, 4, 5, 5]);
    }

    /// A room in which clients count every second event.
    fn uneven(ordinal: u64) -> Event {
        let place = Place { ordinal, seq: ordinal.div_ceil(2) };
        Event { place, is_counted: ordinal % 2 == 1, ..event(ordinal) }
    }

    #[test]
    fn what_clients_count_goes_along() {
        let place = |ordinal: u64| Place { ordinal, seq: ordinal.div_ceil(2) };
        let mut log = log(3);
        log.open(place(2));
        (4..=6).for_each(|ordinal| log.offer(uneven(ordinal)));
        assert!(log.fill(vec![uneven(3)], false));
        log.offer(uneven(7));
        assert_eq!((ordinals(&log), log.head()), (vec![5, 6, 7], place(7)));
        assert_eq!([0, 49, 59, 99].map(|mark| log.visible_head(mark)), [4, 4, 5, 7].map(place));
        assert_eq!(
            [4, 5, 6, 7, 0].map(|ordinal| log.place(ordinal)),
            [4, 5, 6, 7, 0].map(|at| Some(place(at)))
        );
        assert_eq!([3, 8].map(|ordinal| log.place(ordinal)), [None, None]);
        log.halve();
        log.halve();
        assert_eq!(
            (log.len(), log.place(7), log.next_counted()),
            (0, Some(place(7)), Place { ordinal: 8, seq: 5 })
        );
    }

    #[test]
    fn a_log_that_begins_anew_knows_what_clients_count() {
        let mut log = log(8);
        log.open(Place::START);
        log.offer(uneven(5));
        assert!(log.fill(vec![], true));
        assert_eq!((ordinals(&log), log.place(4)), (vec![5], Some(Place { ordinal: 4, seq: 2 })));
    }
}
