//! The writes of a group of commands, as statements: one for all rows of a table.
//!
//! There are no rules here. A leg that the working set has as free is written as taken: if the key
//! of `seat_legs` refuses it, the set was wrong, which is logged as a failure and undone. A row
//! that should be changed and is missing fails its statement (`expect_rows`), and with it the
//! group.

mod audit;
mod booking;
mod hold;
mod key;
mod leg;
mod parted;
mod payment;
mod run_out;
mod ticket;

use store::{DataKeys, Writes};

use crate::batch::Batch;
use crate::table::route_event;

/// In the order in which rows name one another; legs are freed before any is taken.
pub(crate) fn batch<'a>(writes: &'a Writes, keys: &DataKeys) -> Batch<'a> {
    let mut batch = Batch::default();
    booking::write(&mut batch, keys, &writes.bookings);
    ticket::write(&mut batch, keys, &writes.tickets);
    leg::free(&mut batch, &writes.freed);
    leg::take(&mut batch, &writes.taken);
    payment::write(&mut batch, &writes.payments);
    hold::write(&mut batch, &writes.holds);
    hold::write_blocks(&mut batch, &writes.blocks);
    run_out::write(&mut batch, keys, &writes.run_outs);
    run_out::write_reserved_from(&mut batch, &writes.reserved_from);
    route_event::insert(&mut batch, &writes.events);
    key::write(&mut batch, keys, &writes.keys);
    audit::insert(&mut batch, &writes.audit);
    batch
}
