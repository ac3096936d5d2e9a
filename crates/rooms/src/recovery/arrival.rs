//! A client at the door: on which connection, as whom, and how far it says that it got.

use std::sync::Arc;

use super::session::Owner;
use crate::engine::viewer::Viewer;

/// A client that is about to be let in.
#[derive(Clone, Debug)]
pub struct Arrival<'a> {
    /// Its connection, which may have other channels.
    pub viewer: &'a Arc<Viewer>,
    /// Where its rooms are.
    pub channel: u8,
    /// Whose its session is, or would have to be.
    pub owner: Owner,
    /// How far it got, in its own words; `None` if it has received no event.
    pub offset: Option<&'a str>,
}
