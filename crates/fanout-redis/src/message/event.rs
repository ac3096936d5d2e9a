//! One event of a route among the bytes of a group. Its position is not sent: it follows from the
//! group's.
//!
//! A code is given out here once and never used for anything else: the domain's enums may change
//! their order while two versions run side by side.

use domain::{
    EventDraft, EventKind, EventTicket, Gender, Kurus, Ordinal, Pnr, Reason, RouteChange,
    RouteEvent, RouteId, RoutePlace, RouteUpdate, SeatEvent, SeatNumber, Segment, Seq, StopIndex,
    TicketId, UserId,
};
use jiff::Timestamp;

use super::fields::{Reader, TooLong, Unreadable, write_text};
use super::time;

const SEAT: u8 = 1;
const UPDATE: u8 = 2;

/// The optional fields of a seat's event.
const HAS_GENDER: u8 = 1;
const HAS_TICKET: u8 = 2;
const HAS_OWNER: u8 = 4;
const HAS_ALL: u8 = HAS_GENDER | HAS_TICKET | HAS_OWNER;

const KINDS: [(EventKind, u8); 5] = [
    (EventKind::Reserved, 1),
    (EventKind::Confirmed, 2),
    (EventKind::Suspended, 3),
    (EventKind::Cancelled, 4),
    (EventKind::Available, 5),
];

const REASONS: [(Reason, u8); 13] = [
    (Reason::Booked, 1),
    (Reason::Sold, 2),
    (Reason::Paid, 3),
    (Reason::Confirmed, 4),
    (Reason::Suspended, 5),
    (Reason::Cancelled, 6),
    (Reason::Refunded, 7),
    (Reason::Expired, 8),
    (Reason::Changed, 9),
    (Reason::Held, 10),
    (Reason::Released, 11),
    (Reason::Blocked, 12),
    (Reason::Unblocked, 13),
];

const GENDERS: [(Gender, u8); 3] = [(Gender::Male, 1), (Gender::Female, 2), (Gender::Other, 3)];

const CHANGES: [(RouteChange, u8); 5] = [
    (RouteChange::Bus, 1),
    (RouteChange::Delayed, 2),
    (RouteChange::Inactive, 3),
    (RouteChange::Active, 4),
    (RouteChange::Deleted, 5),
];

/// # Errors
/// When a text does not fit its field; then only the group's number is sent.
pub(super) fn write(message: &mut Vec<u8>, event: &RouteEvent) -> Result<(), TooLong> {
    message.push(if event.seat().is_some() { SEAT } else { UPDATE });
    message.extend_from_slice(event.route_id().0.as_bytes());
    message.extend_from_slice(&event.place().ordinal.get().to_be_bytes());
    message.extend_from_slice(&event.place().seq.get().to_be_bytes());
    match event {
        RouteEvent::Update(update) => {
            time::write(message, update.at);
            message.push(code(&CHANGES, update.change));
            Ok(())
        }
        RouteEvent::Seat(event) => write_draft(message, &event.draft),
    }
}

fn write_draft(message: &mut Vec<u8>, draft: &EventDraft) -> Result<(), TooLong> {
    time::write(message, draft.at);
    let owner = draft.owner_id();
    let has = |is_there: bool, flag: u8| if is_there { flag } else { 0 };
    let flags = has(draft.gender.is_some(), HAS_GENDER)
        | has(draft.ticket.is_some(), HAS_TICKET)
        | has(owner.is_some(), HAS_OWNER);
    message.extend_from_slice(&[code(&KINDS, draft.kind), code(&REASONS, draft.reason), flags]);
    message.extend_from_slice(&draft.seat.get().to_be_bytes());
    message.extend_from_slice(&[draft.segment.from().get(), draft.segment.to().get()]);
    message.extend_from_slice(&draft.price.get().to_be_bytes());
    write_text(message, &draft.from_city)?;
    write_text(message, &draft.to_city)?;
    if let Some(gender) = draft.gender {
        message.push(code(&GENDERS, gender));
    }
    if let Some(ticket) = &draft.ticket {
        message.extend_from_slice(ticket.id.0.as_bytes());
        write_text(message, ticket.pnr.as_str())?;
    }
    if let Some(owner) = owner {
        message.extend_from_slice(owner.0.as_bytes());
    }
    Ok(())
}

pub(super) fn read(reader: &mut Reader<'_>, position: u64) -> Result<RouteEvent, Unreadable> {
    let shape = reader.u8()?;
    let route_id = RouteId(reader.id()?);
    let place = RoutePlace { ordinal: Ordinal::new(reader.u64()?), seq: Seq::new(reader.u64()?) };
    let at = time::read(reader)?;
    match shape {
        SEAT => Ok(RouteEvent::Seat(SeatEvent {
            route_id,
            ordinal: place.ordinal,
            seq: place.seq,
            position,
            draft: read_draft(reader, at)?,
        })),
        UPDATE => {
            let change = meant(&CHANGES, reader.u8()?)?;
            Ok(RouteEvent::Update(RouteUpdate { route_id, place, position, change, at }))
        }
        _ => Err(Unreadable),
    }
}

fn read_draft(reader: &mut Reader<'_>, at: Timestamp) -> Result<EventDraft, Unreadable> {
    let kind = meant(&KINDS, reader.u8()?)?;
    let reason = meant(&REASONS, reader.u8()?)?;
    let flags = reader.u8()?;
    let has = |flag: u8| flags & flag != 0;
    if flags & !HAS_ALL != 0 || (has(HAS_OWNER) && !has(HAS_TICKET)) {
        return Err(Unreadable);
    }
    let seat = SeatNumber::new(reader.u16()?).ok_or(Unreadable)?;
    let stop = |index: u8| StopIndex::new(usize::from(index)).ok_or(Unreadable);
    let (from, to) = (stop(reader.u8()?)?, stop(reader.u8()?)?);
    let segment = Segment::new(from, to).ok_or(Unreadable)?;
    let price = Kurus::new(reader.i64()?).ok_or(Unreadable)?;
    let (from_city, to_city) = (reader.text()?.to_owned(), reader.text()?.to_owned());
    let gender = match has(HAS_GENDER) {
        true => Some(meant(&GENDERS, reader.u8()?)?),
        false => None,
    };
    let ticket = match has(HAS_TICKET) {
        true => Some((TicketId(reader.id()?), Pnr::from_stored(reader.text()?.to_owned()))),
        false => None,
    };
    let owner_id = match has(HAS_OWNER) {
        true => Some(UserId(reader.id()?)),
        false => None,
    };
    let ticket = ticket.map(|(id, pnr)| EventTicket { id, pnr, owner_id });
    Ok(EventDraft { kind, seat, segment, from_city, to_city, price, gender, reason, ticket, at })
}

fn code<T: Copy + PartialEq>(codes: &[(T, u8)], value: T) -> u8 {
    let found = codes.iter().find(|(known, _)| *known == value);
    let Some((_, code)) = found else { unreachable!("a test holds the table against all values") };
    *code
}

fn meant<T: Copy>(codes: &[(T, u8)], code: u8) -> Result<T, Unreadable> {
    let found = codes.iter().find(|(_, known)| *known == code);
    found.map(|(value, _)| *value).ok_or(Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_code_of_its_own() {
        fn check<T: Copy + PartialEq + std::fmt::Debug>(all: &[T], codes: &[(T, u8)]) {
            assert_eq!(all.len(), codes.len());
            for value in all {
                assert_eq!(meant(codes, code(codes, *value)), Ok(*value));
            }
        }
        check(&EventKind::ALL, &KINDS);
        check(&Reason::ALL, &REASONS);
        check(&Gender::ALL, &GENDERS);
        check(&RouteChange::ALL, &CHANGES);
    }
}
