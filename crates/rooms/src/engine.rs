//! Floor 4: sockets, viewers, rooms, and the tasks that bring events to them.
//!
//! Locks, outermost first: the table of rooms, or a viewer's state; then the viewers of a room;
//! then a log. The table and a viewer's state are never held together, nor are two of a kind.

mod abandoned;
pub(crate) mod adapter;
pub(crate) mod any_stream;
pub(crate) mod backfill;
pub(crate) mod hub;
pub(crate) mod pages;
pub(crate) mod pass;
pub(crate) mod pin;
pub(crate) mod presence;
pub(crate) mod read_back;
pub(crate) mod repair;
pub(crate) mod retry_pause;
pub(crate) mod room;
pub(crate) mod rooms;
pub(crate) mod services;
pub(crate) mod showing;
pub(crate) mod slots;
pub(crate) mod stream;
pub(crate) mod tasks;
pub(crate) mod viewer;
pub(crate) mod waiting;
pub(crate) mod writing;
