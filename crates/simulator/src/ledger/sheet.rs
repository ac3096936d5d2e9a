//! What the auditor knows of one route: its events in order, its map at every seq, the holders of
//! its legs, and what the very next event has to be.

use domain::Reason;

use crate::cells::{Cells, Place};
use crate::fault::{Checked, ensure};
use crate::holders::Holders;
use crate::order::Order;
use crate::rows::Row;

/// What the very next event of a route has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Anything,
    /// `seat_available` for the place of a ticket that has just ended.
    Freed {
        ticket: u128,
        place: Place,
        reason: Reason,
    },
    /// May be that, of a ticket that held no seat: exactly if the seat is free.
    FreedIfFree {
        ticket: u128,
        place: Place,
        reason: Reason,
    },
    /// The new seat of a ticket that has just left another.
    Moved {
        ticket: u128,
    },
}

#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) order: Order,
    /// The map at every seq, the empty one first.
    pub(super) maps: Vec<Cells>,
    pub(super) holders: Holders,
    next: Next,
}

impl Sheet {
    pub(super) fn blank() -> Self {
        Self {
            order: Order::new(),
            maps: vec![Cells::empty()],
            holders: Holders::nobody(),
            next: Next::Anything,
        }
    }

    pub(super) fn expect(&mut self, next: Next) {
        self.next = next;
    }

    /// Takes what is due; from here on nothing is.
    pub(super) fn take_due(&mut self) -> Next {
        std::mem::replace(&mut self.next, Next::Anything)
    }

    /// Whether the due event may be missing: that is right exactly if the seat is taken.
    pub(super) fn may_leave_out(&self, due: Next) -> bool {
        match due {
            Next::Anything => true,
            Next::FreedIfFree { place, .. } => self.holders.is_held(place),
            Next::Freed { .. } | Next::Moved { .. } => false,
        }
    }

    /// Another event comes, or no more events.
    pub(super) fn must_be_settled(&mut self) -> Checked {
        let due = self.take_due();
        ensure(self.may_leave_out(due), || format!("instead of {due:?}"))
    }

    /// A change of the route itself.
    pub(super) fn change(&mut self, row: Row, step: u64) -> Checked {
        self.must_be_settled()?;
        self.order.push(row, step)
    }
}
