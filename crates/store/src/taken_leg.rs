//! The legs that are taken, as every driver keeps them: which number says what kind of holder a leg
//! has, and how legs become the pieces of a seat map.

use domain::{Gender, Holder, SeatNumber, Segment, StopIndex, TakenSeat, TicketId, TicketStatus};
use uuid::Uuid;

/// How a holder stands in its two columns.
const TICKET: u8 = 0;
const HOLD: u8 = 1;
const BLOCK: u8 = 2;

/// The two columns in which a holder stands.
pub fn holder_columns(holder: Holder) -> (u8, Uuid) {
    match holder {
        Holder::Ticket(id) => (TICKET, id.0),
        Holder::Hold(id) => (HOLD, id.0),
        Holder::Block(id) => (BLOCK, id.0),
    }
}

/// `None` for an unknown kind: a damaged database.
pub fn holder_of(kind: u8, id: Uuid) -> Option<Holder> {
    match kind {
        TICKET => Some(Holder::Ticket(TicketId(id))),
        HOLD => Some(Holder::Hold(id.into())),
        BLOCK => Some(Holder::Block(id.into())),
        _ => None,
    }
}

/// A taken leg, with what its holder's map shows.
#[derive(Clone, Copy, Debug)]
pub struct TakenLeg {
    /// Which seat.
    pub seat: SeatNumber,
    /// The leg, counted from the first stop.
    pub leg: u8,
    /// Its holder.
    pub holder: Holder,
    /// As the map shows it.
    pub status: TicketStatus,
    /// As the map shows it; none for a hold or a block.
    pub gender: Option<Gender>,
}

/// The status that a map shows; a ticket's own status is read only where there is a ticket.
pub fn shown_status<E>(
    holder: Holder,
    of_ticket: impl FnOnce() -> Result<TicketStatus, E>,
) -> Result<TicketStatus, E> {
    match holder {
        Holder::Ticket(_) => of_ticket(),
        Holder::Hold(_) => Ok(TicketStatus::Reserved),
        Holder::Block(_) => Ok(TicketStatus::Confirmed),
    }
}

/// Of legs by seat, and then in the order of the way: a run with one holder is a piece.
pub fn taken_seats(legs: &[TakenLeg]) -> Vec<TakenSeat> {
    let runs = legs.chunk_by(|one, next| {
        (one.seat, one.holder, one.leg + 1) == (next.seat, next.holder, next.leg)
    });
    runs.filter_map(piece).collect()
}

/// None for stops that no route has: a damaged database.
fn piece(run: &[TakenLeg]) -> Option<TakenSeat> {
    let (first, last) = (run.first()?, run.last()?);
    let stop = |leg: u8| StopIndex::new(usize::from(leg));
    Some(TakenSeat {
        seat: first.seat,
        segment: Segment::new(stop(first.leg)?, stop(last.leg.checked_add(1)?)?)?,
        status: first.status,
        gender: first.gender,
        is_blocked: matches!(first.holder, Holder::Block(_)),
    })
}
