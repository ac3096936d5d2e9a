//! `seat_legs` and how a holder stands in them.

use domain::{Holder, TicketId};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::column::{id, read};
use crate::fault::Result;

/// How a holder stands in its two columns.
const TICKET: i16 = 0;
const HOLD: i16 = 1;
const BLOCK: i16 = 2;

pub(crate) fn columns(holder: Holder) -> (i16, Uuid) {
    match holder {
        Holder::Ticket(id) => (TICKET, id.0),
        Holder::Hold(id) => (HOLD, id.0),
        Holder::Block(id) => (BLOCK, id.0),
    }
}

pub(crate) fn holder(row: &Row) -> Result<Holder> {
    let id: Uuid = id(row, "holder_id")?;
    read(row, "holder_kind", |kind: i16| match kind {
        TICKET => Some(Holder::Ticket(TicketId(id))),
        HOLD => Some(Holder::Hold(id.into())),
        BLOCK => Some(Holder::Block(id.into())),
        _ => None,
    })
}
