//! A pass: one walk over the viewers of a room that writes to each what it has not been given.
//!
//! At most one pass runs per room. It copies a few viewers under the room's lock, releases it,
//! writes to them, and lets other tasks run before the next few. Viewers with equal cursors get the
//! very same contiguous bytes, put together once.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::{Bytes, BytesMut};
use smallvec::SmallVec;

use crate::event::{Audience, Encoding};
use crate::frame::Frame;
use crate::hub::Engine;
use crate::member::Member;
use crate::place::Place;
use crate::room::Room;
use crate::viewer::Viewer;

/// Different batches that one pass keeps; it forgets them all when it needs more.
const BATCHES_MAX: usize = 32;

/// Runs passes until nobody has asked for another one.
pub(crate) async fn run(engine: Arc<Engine>, room: Arc<Room>) {
    let abandoned = AbandonOnDrop(&room);
    let mut chunk = Vec::new();
    loop {
        engine.counters.passes.fetch_add(1, Ordering::Relaxed);
        let mut cache = PassCache::new(&room, &engine);
        let mut at = Some(0);
        while let Some(place) = at {
            at = step(&engine, &room, place, &mut chunk, &mut cache);
            if at.is_some() {
                tokio::task::yield_now().await;
            }
            if engine.stopping.is_cancelled() {
                return;
            }
        }
        if room.finish_pass() {
            std::mem::forget(abandoned);
            return;
        }
    }
}

/// One step of a pass: the viewers in the places from `at` on. The place to go on from, `None` at
/// the end.
pub(crate) fn step(
    engine: &Engine,
    room: &Arc<Room>,
    at: usize,
    chunk: &mut Vec<Arc<Viewer>>,
    cache: &mut PassCache<'_>,
) -> Option<usize> {
    let watermark = engine.watermark.load(Ordering::Acquire);
    let next = {
        let core = room.core.lock();
        cache.move_to(core.log.visible_head(watermark).ordinal);
        core.slots.chunk(at, engine.limits.pass_chunk_viewers, chunk)
    };
    for viewer in chunk.drain(..) {
        viewer.advance(cache);
    }
    next
}

/// What one pass has put together so far.
#[derive(Debug)]
pub(crate) struct PassCache<'a> {
    room: &'a Arc<Room>,
    head: u64,
    bytes_max: usize,
    epoch: u32,
    batches: Vec<Batch>,
}

/// Everything from a cursor to the head, as it is written in one call.
#[derive(Debug)]
pub(crate) struct Batch {
    first: u64,
    encoding: Encoding,
    audience: Audience,
    /// Whose events are among them: these viewers need other frames.
    owners: SmallVec<[u128; 2]>,
    /// The oldest position among them: a viewer that has been given a newer one needs another offset.
    oldest: u64,
    pub(crate) last: Place,
    /// The newest position among them.
    pub(crate) newest: u64,
    pub(crate) bytes: Bytes,
    /// The place, the position and the frame of each event: needed if the socket takes only a part.
    pub(crate) frames: Vec<(Place, u64, Frame)>,
}

/// What a pass has for a viewer.
#[derive(Debug)]
pub(crate) enum Look<'a> {
    Batch(&'a Batch),
    /// It was given everything that this pass knows of.
    UpToDate,
    /// Its way is not the common one: to be worked out for it alone.
    Elsewhere,
}

impl<'a> PassCache<'a> {
    pub(crate) fn new(room: &'a Arc<Room>, engine: &Engine) -> Self {
        let (bytes_max, epoch) = (engine.limits.write_bytes_max, engine.epoch);
        Self { room, head: 0, bytes_max, epoch, batches: Vec::new() }
    }

    fn move_to(&mut self, head: u64) {
        if self.head != head {
            self.head = head;
            self.batches.clear();
        }
    }

    pub(crate) fn look(&mut self, member: &Member, given: u64) -> Look<'_> {
        if !Arc::ptr_eq(self.room, &member.room) || member.page.is_some() {
            return Look::Elsewhere;
        }
        if member.next() > self.head {
            return Look::UpToDate;
        }
        let view = &member.view;
        let same = |batch: &Batch| {
            batch.first == member.next()
                && batch.encoding == view.encoding
                && batch.audience == view.audience
        };
        let at = self.batches.iter().position(same).or_else(|| self.build(member));
        match at.and_then(|at| self.batches.get(at)) {
            Some(batch)
                if !view.identity.is_some_and(|own| batch.owners.contains(&own))
                    && (member.kept.is_none() || batch.oldest > given) =>
            {
                Look::Batch(batch)
            }
            _ => Look::Elsewhere,
        }
    }

    fn build(&mut self, member: &Member) -> Option<usize> {
        let (encoding, audience) = (member.view.encoding, member.view.audience);
        let mut frames = Vec::new();
        let mut owners = SmallVec::new();
        let mut len = 0;
        let (mut oldest, mut newest) = (u64::MAX, 0);
        {
            let core = self.room.core.lock();
            for entry in core.log.range(member.next(), self.head) {
                if entry.is_last {
                    // Who is given it leaves the room: that is no batch's business.
                    break;
                }
                let frame = entry.frame(encoding, audience, self.epoch);
                if !frames.is_empty() && len + frame.len() > self.bytes_max {
                    break;
                }
                len += frame.len();
                owners.extend(entry.owner.filter(|owner| !owners.contains(owner)));
                oldest = oldest.min(entry.position);
                newest = newest.max(entry.position);
                frames.push((entry.place, entry.position, frame.clone()));
            }
        }
        let &(last, _, _) = frames.last()?;
        let bytes = match frames.as_slice() {
            [(_, _, frame)] => frame.bytes().clone(),
            frames => {
                let mut joined = BytesMut::with_capacity(len);
                for (_, _, frame) in frames {
                    joined.extend_from_slice(frame.bytes());
                }
                joined.freeze()
            }
        };
        if self.batches.len() >= BATCHES_MAX {
            self.batches.clear();
        }
        let first = member.next();
        self.batches.push(Batch {
            first,
            encoding,
            audience,
            owners,
            oldest,
            last,
            newest,
            bytes,
            frames,
        });
        Some(self.batches.len() - 1)
    }
}

/// A pass that panics or is dropped must not leave the room saying that one is running.
struct AbandonOnDrop<'a>(&'a Room);

impl Drop for AbandonOnDrop<'_> {
    fn drop(&mut self) {
        self.0.abandon_pass();
    }
}
