//! An event inside a log, with the frames that were made of it so far.
//!
//! Each (encoding, audience) is encoded at most once, when a viewer first needs it. An entry counts
//! its own bytes and subtracts them when it is dropped, so the sums are right for as long as
//! anything holds it.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use crate::log::gauge::Gauge;
use crate::values::event::{Audience, ENCODINGS_MAX, Encoding, Event, Message, before};
use crate::values::frame::Frame;
use crate::values::offset::Offset;
use crate::values::place::Place;
use crate::values::view::View;

/// One slot per encoding and audience.
const SHAPES: usize = ENCODINGS_MAX * 2;

pub(crate) struct Entry {
    pub(crate) place: Place,
    is_counted: bool,
    /// It is the room's last event: the room ends with it.
    pub(crate) is_last: bool,
    pub(crate) position: u64,
    pub(crate) owner: Option<u128>,
    pub(crate) known_at: Option<Instant>,
    message: Arc<dyn Message>,
    frames: [OnceLock<Box<Frame>>; SHAPES],
    counted: AtomicUsize,
    gauge: Arc<Gauge>,
}

impl Entry {
    pub(crate) fn new(event: Event, gauge: &Arc<Gauge>) -> Arc<Self> {
        let own = size_of::<Self>() + event.message.weight();
        gauge.add(own);
        Arc::new(Self {
            place: event.place,
            is_counted: event.is_counted,
            is_last: event.message.farewell(Encoding::new(0)).is_some(),
            position: event.position,
            owner: event.owner,
            known_at: event.known_at,
            message: event.message,
            frames: Default::default(),
            counted: AtomicUsize::new(own),
            gauge: Arc::clone(gauge),
        })
    }

    pub(crate) fn ordinal(&self) -> u64 {
        self.place.ordinal
    }

    /// The place before it.
    pub(crate) fn before(&self) -> Place {
        before(self.place, self.is_counted)
    }

    /// The frame that a viewer with this view gets: an owner sees all of its own events.
    pub(crate) fn frame_for(&self, view: &View, epoch: u32) -> &Frame {
        self.frame(view.encoding, self.audience_of(view), epoch)
    }

    /// The frame for one viewer alone, whose offset is not the common one.
    pub(crate) fn frame_apart(&self, view: &View, offset: &Offset) -> Frame {
        self.message.encode(view.encoding, self.audience_of(view), offset)
    }

    /// The packet for a viewer that leaves the room with this event.
    pub(crate) fn farewell(&self, encoding: Encoding) -> Option<Frame> {
        self.message.farewell(encoding)
    }

    fn audience_of(&self, view: &View) -> Audience {
        let owns = self.owner.is_some() && self.owner == view.identity;
        if owns { Audience::Full } else { view.audience }
    }

    /// `epoch`: that of the hub, the same for as long as the event is kept.
    pub(crate) fn frame(&self, encoding: Encoding, audience: Audience, epoch: u32) -> &Frame {
        let shape = usize::from(encoding.index()) * 2 + usize::from(audience == Audience::Full);
        self.frames[shape].get_or_init(|| {
            let offset = Offset::position(epoch, self.position);
            let frame = self.message.encode(encoding, audience, &offset);
            let bytes = frame.len() + size_of::<Frame>();
            self.counted.fetch_add(bytes, Ordering::Relaxed);
            self.gauge.add(bytes);
            Box::new(frame)
        })
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.gauge.sub(self.counted.load(Ordering::Relaxed));
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry {{ place: {:?}, position: {} }}", self.place, self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::event::Event;

    struct Counting(AtomicUsize);

    impl Message for Counting {
        fn encode(&self, encoding: Encoding, audience: Audience, _: &Offset) -> Frame {
            self.0.fetch_add(1, Ordering::Relaxed);
            Frame::bare(format!("{}{audience:?}", encoding.index()))
        }
        fn weight(&self) -> usize {
            10
        }
    }

    fn view(audience: Audience, identity: Option<u128>) -> View {
        View { encoding: Encoding::new(1), audience, identity, channel: 0 }
    }

    #[test]
    fn each_shape_is_encoded_once_and_bytes_are_given_back() {
        let all = Arc::new(Gauge::default());
        let log = Gauge::under(&all);
        let message = Arc::new(Counting(AtomicUsize::new(0)));
        let event = Event {
            room: "r".into(),
            place: Place::counted(1),
            is_counted: true,
            position: 1,
            owner: Some(7),
            message: Arc::clone(&message) as _,
            known_at: None,
        };
        let entry = Entry::new(event, &log);
        let before = log.bytes();
        for _ in 0..3 {
            assert_eq!(&entry.frame_for(&view(Audience::Public, None), 0).bytes()[..], b"1Public");
            assert_eq!(&entry.frame_for(&view(Audience::Public, Some(7)), 0).bytes()[..], b"1Full");
            assert_eq!(&entry.frame_for(&view(Audience::Full, Some(8)), 0).bytes()[..], b"1Full");
        }
        assert_eq!(message.0.load(Ordering::Relaxed), 2);
        assert!(log.bytes() > before);
        assert_eq!(log.bytes(), all.bytes());
        drop(entry);
        assert_eq!((log.bytes(), all.bytes()), (0, 0));
    }
}
