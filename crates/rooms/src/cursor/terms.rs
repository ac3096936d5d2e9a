//! What all viewers of a hub share, as far as it decides what they are given.

use crate::log::published::Published;
use crate::values::limits::Limits;

#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) limits: Limits,
    pub(crate) published: Published,
}
