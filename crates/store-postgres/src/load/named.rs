//! What the commands of a group name.

use domain::{Block, Booking, Hold, Payment, Pnr, Ticket};
use store::{KeyRow, UserBrief, Wanted};
use uuid::Uuid;

use crate::column::get;
use crate::db::{Db, Values};
use crate::fault::Result;
use crate::table::booking::{booking, select_bookings};
use crate::table::payment::{select_payments, with_shares};
use crate::table::ticket::{in_order, select_tickets};
use crate::table::user::{brief, select_briefs};
use crate::table::{block, hold, idempotency_key};

/// Bookings with all that belongs to them: a ticket stands for its booking.
#[derive(Default)]
pub(super) struct Bookings {
    pub(super) bookings: Vec<Booking>,
    /// In the order in which they were booked, which is that of their ids.
    pub(super) tickets: Vec<Ticket>,
    /// Oldest first.
    pub(super) payments: Vec<Payment>,
    /// Whoever the tickets belong to, and whoever has issued them.
    pub(super) people: Vec<UserBrief>,
}

pub(super) struct Rest {
    pub(super) keys: Vec<KeyRow>,
    pub(super) holds: Vec<Hold>,
    pub(super) blocks: Vec<Block>,
    pub(super) used_pnrs: Vec<Pnr>,
}

const BOOKINGS: &str = select_bookings!(
    "FROM bookings b WHERE b.id = ANY(ARRAY(\
     SELECT booking_id FROM tickets WHERE id = ANY($1) UNION SELECT unnest($2::uuid[])))"
);
const TICKETS: &str = select_tickets!(
    "FROM tickets t WHERE t.booking_id = ANY(ARRAY(\
     SELECT booking_id FROM tickets WHERE id = ANY($1) UNION SELECT unnest($2::uuid[])))"
);
const PAYMENTS: &str = select_payments!(
    "WHERE booking_id = ANY(ARRAY(\
     SELECT booking_id FROM tickets WHERE id = ANY($1) UNION SELECT unnest($2::uuid[])))"
);
const PEOPLE: &str = select_briefs!(
    "id = ANY(ARRAY(\
     SELECT unnest(ARRAY[user_id, issued_by_id]) FROM tickets WHERE booking_id = ANY(ARRAY(\
     SELECT booking_id FROM tickets WHERE id = ANY($1) UNION SELECT unnest($2::uuid[])))))"
);

pub(super) async fn bookings(db: Db<'_>, wanted: &Wanted) -> Result<Bookings> {
    if wanted.tickets.is_empty() && wanted.bookings.is_empty() {
        return Ok(Bookings::default());
    }
    let tickets: Vec<Uuid> = wanted.tickets.iter().map(|id| id.0).collect();
    let bookings: Vec<Uuid> = wanted.bookings.iter().map(|id| id.0).collect();
    let values: Values<'_> = &[&tickets, &bookings];
    let (bookings, tickets, payments, people) = tokio::try_join!(
        db.rows(BOOKINGS, values),
        db.rows(TICKETS, values),
        db.rows(PAYMENTS, values),
        db.rows(PEOPLE, values)
    )?;
    Ok(Bookings {
        bookings: bookings.iter().map(|row| booking(db.keys(), row)).collect::<Result<_>>()?,
        tickets: in_order(db.keys(), &tickets)?,
        payments: with_shares(&payments)?,
        people: people.iter().map(|row| brief(db.keys(), row)).collect::<Result<_>>()?,
    })
}

pub(super) async fn rest(db: Db<'_>, wanted: &Wanted) -> Result<Rest> {
    let (keys, holds, blocks, used_pnrs) = tokio::try_join!(
        idempotency_key::of(db, &wanted.keys, &wanted.settled),
        hold::of(db, &wanted.holds, &wanted.tokens),
        block::by_ids(db, &wanted.blocks),
        used_pnrs(db, &wanted.pnrs)
    )?;
    Ok(Rest { keys, holds, blocks, used_pnrs })
}

/// Those of the codes that a booking has.
pub(super) async fn used_pnrs(db: Db<'_>, pnrs: &[Pnr]) -> Result<Vec<Pnr>> {
    if pnrs.is_empty() {
        return Ok(Vec::new());
    }
    let pnrs: Vec<&str> = pnrs.iter().map(Pnr::as_str).collect();
    let rows = db.rows("SELECT pnr FROM bookings WHERE pnr = ANY($1)", &[&pnrs]).await?;
    rows.iter().map(|row| get(row, "pnr").map(Pnr::from_stored)).collect()
}
