//! A client that arrives: its connection, its owner, and how far it says that it got.

use std::sync::Arc;

use super::session::Owner;
use crate::engine::viewer::Viewer;

/// A client that arrives.
#[derive(Clone, Debug)]
pub struct Arrival<'a> {
    /// Its connection, which may have other channels.
    pub viewer: &'a Arc<Viewer>,
    /// Where its rooms are.
    pub channel: u8,
    /// The owner that its session has, or must have.
    pub owner: Owner,
    /// How far it got, in its own words; `None` if it has received no event.
    pub offset: Option<&'a str>,
}
