//! Floor 3: the machine that decides what a viewer is given next. Plain data.
//!
//! The owner of a `&mut ViewerState` holds the lock of that viewer: nothing here waits, writes to a
//! socket, starts a task or takes a lock, except a log's. Work that has to be done outside the lock
//! is returned as [`Effects`](effects::Effects), and the floor above does it.

pub(crate) mod batches;
pub(crate) mod commit;
pub(crate) mod effects;
pub(crate) mod member;
pub(crate) mod merge;
pub(crate) mod outbox;
pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod terms;
pub(crate) mod viewer_state;
