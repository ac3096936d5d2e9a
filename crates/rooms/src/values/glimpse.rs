//! A value that matters only while it is new: a viewer gets only the newest of a room's glimpses,
//! after everything else.
//!
//! A glimpse is in no log and has no place: it is not kept, not counted and not sent again.

use std::sync::{Arc, OnceLock};

use crate::values::event::{ENCODINGS_MAX, Encoding};
use crate::values::frame::Frame;

/// What a glimpse shows. It is encoded when a viewer first needs it, once per encoding.
pub trait Glimpse: Send + Sync + 'static {
    /// The complete frame for this encoding. An empty one is not written.
    fn encode(&self, encoding: Encoding) -> Frame;
}

/// A glimpse with the frames that were made of it so far.
pub(crate) struct Shown {
    glimpse: Arc<dyn Glimpse>,
    frames: [OnceLock<Frame>; ENCODINGS_MAX],
}

impl Shown {
    pub(crate) fn new(glimpse: Arc<dyn Glimpse>) -> Self {
        Self { glimpse, frames: std::array::from_fn(|_| OnceLock::new()) }
    }

    pub(crate) fn frame(&self, encoding: Encoding) -> Frame {
        let made = &self.frames[usize::from(encoding.index())];
        made.get_or_init(|| self.glimpse.encode(encoding)).clone()
    }
}
