//! Batches: the same bytes for many viewers of one room, put together once.
//!
//! Viewers with the same cursor and the same view of the room get the same contiguous bytes,
//! written in one call. For other viewers the answer is `Look::Elsewhere`, and each is planned by
//! itself.

use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use smallvec::SmallVec;

use crate::cursor::member::Member;
use crate::cursor::terms::Terms;
use crate::log::shared_log::SharedLog;
use crate::values::delays::Tally;
use crate::values::event::{Audience, Encoding};
use crate::values::frame::Frame;
use crate::values::place::Place;

/// The most batches that one pass keeps; when it needs more, it forgets them all.
const BATCHES_MAX: usize = 32;

/// The batches that one pass over the viewers of a log has made so far.
#[derive(Debug)]
pub(crate) struct Batches<'a> {
    log: &'a Arc<SharedLog>,
    head: u64,
    bytes_max: usize,
    epoch: u32,
    batches: Vec<Batch>,
    /// What was written in this step of the pass.
    pub(crate) tally: Tally,
}

/// Everything from a cursor to the head, as it is written in one call.
#[derive(Debug)]
pub(crate) struct Batch {
    first: u64,
    encoding: Encoding,
    audience: Audience,
    /// The owners of its events: these viewers need other frames.
    owners: SmallVec<[u128; 2]>,
    /// The oldest position among them: a viewer that was given a newer one needs another offset.
    oldest: u64,
    pub(crate) last: Place,
    /// The newest position among them.
    pub(crate) newest: u64,
    /// When the oldest of them was known.
    pub(crate) known_at: Option<Instant>,
    pub(crate) bytes: Bytes,
    /// The place, the position and the frame of each event: needed if the socket takes only a part.
    pub(crate) frames: Vec<(Place, u64, Frame)>,
}

/// What a pass has for a viewer.
#[derive(Debug)]
pub(crate) enum Look<'a> {
    Batch(&'a Batch),
    /// It has every event of this pass.
    UpToDate,
    /// It needs other frames than most: to be planned for it alone.
    Elsewhere,
}

impl<'a> Batches<'a> {
    pub(crate) fn new(log: &'a Arc<SharedLog>, terms: &Terms) -> Self {
        let (bytes_max, epoch) = (terms.limits.write_bytes_max, terms.published.epoch);
        Self { log, head: 0, bytes_max, epoch, batches: Vec::new(), tally: Tally::default() }
    }

    /// Batches made from now on go up to this head.
    pub(crate) fn move_to(&mut self, head: u64) {
        if self.head != head {
            self.head = head;
            self.batches.clear();
        }
    }

    pub(crate) fn look(&mut self, member: &Member, given: u64) -> Look<'_> {
        if !Arc::ptr_eq(self.log, &member.log) || member.page.is_some() {
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
        let (mut oldest, mut newest, mut known_at) = (u64::MAX, 0, None);
        {
            let log = self.log.lock();
            for entry in log.range(member.next(), self.head) {
                if entry.is_last {
                    // A viewer that gets it leaves the room: batches do not handle that.
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
                known_at = known_at.or(entry.known_at);
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
            known_at,
            bytes,
            frames,
        });
        Some(self.batches.len() - 1)
    }
}
