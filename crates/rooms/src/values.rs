//! Floor 1: what is known of events and viewers. Values only: no lock, no task, no socket, and
//! nothing that knows a log.

pub(crate) mod counters;
pub(crate) mod delays;
pub(crate) mod event;
pub(crate) mod frame;
pub(crate) mod glimpse;
pub(crate) mod history;
pub(crate) mod join_error;
pub(crate) mod limits;
pub(crate) mod offset;
pub(crate) mod place;
pub(crate) mod shared_text;
pub(crate) mod stay;
pub(crate) mod view;
