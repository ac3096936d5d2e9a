//! The tables: one module for each, its rows and its statements.

pub(crate) mod route_event;
pub(crate) mod seat;
