//! Rooms as logs, viewers as cursors: fan-out of ordered events to many connections.
//!
//! A room is a bounded log of events whose frames are made once and shared. A viewer is one
//! connection; it holds a cursor into each of its rooms and otherwise nothing. A *pass* over a room
//! writes to every viewer's socket all events between its cursor and the head, in one call. Events
//! that arrive meanwhile collect in the log and leave with the next pass: low latency with few
//! events, batches with many, without a setting for either.
//!
//! Invariants:
//! - A viewer gets every event of a joined room once, in the order of ordinals; over all its rooms
//!   in the order of positions. Packets of the application keep their place among the events.
//! - A viewer that was given a room's last event has left the room, and no viewer can join it any
//!   more.
//! - A connection that does not read costs a cursor and the rest of one frame, and delays no other.
//! - Every queue, log and page has a bound in [`Limits`].
//!
//! A client can be recovered on a new connection exactly where it was: [`recovery`].
//!
//! ```
//! use std::sync::Arc;
//!
//! use rooms::{
//!     Audience, Encoding, Frame, Hub, Limits, Message, NoHistory, Offset, Start, View,
//! };
//!
//! struct Said(&'static str);
//!
//! impl Message for Said {
//!     fn encode(&self, _: Encoding, _: Audience, _: &Offset) -> Frame {
//!         Frame::bare(self.0)
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let hub = Hub::new(Limits::default(), Arc::new(NoHistory), 0);
//! let viewer = hub.connect()?;
//! let view =
//!     View { encoding: Encoding::new(0), audience: Audience::Public, identity: None, channel: 0 };
//! // The confirmation stands before the first event.
//! hub.join(&viewer, "lobby", Start::Head, view, |_| [Frame::bare("joined;")]).await?;
//! hub.append("lobby", None, Arc::new(Said("hello;")));
//! // A polling transport takes what there is; `Viewer::attach` gives it a socket to write to.
//! let frames = viewer.take(1024);
//! let taken: Vec<u8> = frames.iter().flat_map(|frame| frame.bytes().to_vec()).collect();
//! assert_eq!(taken, b"joined;hello;");
//! # Ok(())
//! # }
//! ```
//!
//! This crate knows no Socket.IO, no HTTP and no seats. For older events it asks the [`History`]
//! that it was given.

#![warn(missing_docs)]

mod cursor;
mod engine;
mod log;
pub mod recovery;
mod subscribing;
mod values;

pub use engine::any_stream::AnyStream;
pub use engine::hub::{Full, Hub};
pub use engine::presence::Presence;
pub use engine::stream::Stream;
pub use engine::viewer::Viewer;
pub use engine::waiting::Waiting;
pub use subscribing::hold::{Hold, Passed};
pub use subscribing::join::Start;
pub use subscribing::open_room::OpenRoom;
pub use subscribing::recover::KeptRoom;
pub use subscribing::watchers::Watcher;
pub use values::counters::{CloseReason, Stats};
pub use values::delays::Delays;
pub use values::event::{Audience, ENCODINGS_MAX, Encoding, Event, Message};
pub use values::frame::Frame;
pub use values::glimpse::Glimpse;
pub use values::history::{History, HistoryError, NoHistory};
pub use values::join_error::JoinError;
pub use values::limits::Limits;
pub use values::offset::{NotAnOffset, OFFSET_CURSORS_MAX, Offset, Progress};
pub use values::place::Place;
pub use values::stay::Stay;
pub use values::view::View;
