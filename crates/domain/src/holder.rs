//! What holds a seat's leg.

use crate::{BlockId, HoldId, TicketId};

/// What keeps a seat's leg from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    Ticket(TicketId),
    Hold(HoldId),
    Block(BlockId),
}
