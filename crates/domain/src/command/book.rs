//! Booking: a customer or a guest reserves seats, or staff sell them over the counter; on one
//! route, or on two for a journey there and back. All of it or nothing.

use jiff::SignedDuration;

use super::asked::Asked;
use super::booked_hold::BookedHold;
use super::scope::Scope;
use crate::fair_use::{Caller, Taking};
use crate::hold::{HoldKey, TokenHash};
use crate::seat_choice::choose_seats;
use crate::ticket::{PaymentStatus, Ticket, TicketStatus};
use crate::{
    Actor, Booking, BookingId, Change, Contact, EventDraft, EventKind, Facts, Holder,
    NeighbourRule, Passenger, Payment, PaymentId, Pnr, Reason, Refusal, RouteFacts, RouteId,
    RuleCheck, SeatGrid, SeatNumber, Segment, TicketId,
};

/// How many booking codes are drawn for one sale. With a tenth of all codes in use (six million
/// bookings), one in a hundred million sales would find none free.
pub const PNR_CANDIDATES: usize = 8;

/// Made of forms that were checked (see [`super::BookingForm`]): at least one journey, each with at
/// least one traveller.
#[derive(Clone, Debug)]
pub struct Book {
    pub booking_id: BookingId,
    /// For the cash payment of a sale by staff.
    pub payment_id: PaymentId,
    pub pnr_candidates: Vec<Pnr>,
    /// The way out, and the way back if there is one.
    pub journeys: Vec<Journey>,
    pub contact: Contact,
    pub hold: SignedDuration,
}

/// Some travellers between two cities on one route.
#[derive(Clone, Debug)]
pub struct Journey {
    pub route_id: RouteId,
    pub from_city: String,
    pub to_city: String,
    pub travellers: Vec<Traveller>,
    /// A hold that becomes this journey. Its seats that no traveller takes are let go.
    pub hold: Option<TokenHash>,
}

#[derive(Clone, Debug)]
pub struct Traveller {
    pub ticket_id: TicketId,
    /// `None`: the best that is free.
    pub seat_number: Option<SeatNumber>,
    pub passenger: Passenger,
}

impl Book {
    pub(super) fn scope(&self) -> Scope<'_> {
        let routes = self.journeys.iter().map(|journey| journey.route_id).collect();
        let holds = self.journeys.iter().filter_map(|journey| journey.hold);
        let holds = holds.map(HoldKey::Token).collect();
        let documents = self.journeys.iter().flat_map(|journey| {
            let passengers = journey.travellers.iter().map(|traveller| &traveller.passenger);
            let shown = passengers.filter_map(|passenger| passenger.identity.as_ref());
            shown.map(|identity| (journey.route_id, identity))
        });
        let documents = documents.collect();
        Scope { routes, holds, pnrs: &self.pnr_candidates, documents, ..Scope::default() }
    }

    pub(super) fn decide(&self, asked: Asked<'_>, facts: &Facts) -> Result<Change, Refusal> {
        let account = match asked.actor {
            Actor::User(account) => Some(*account),
            Actor::Anonymous => None,
            // A guest's proof is for a booking that exists already.
            Actor::Guest(_) | Actor::System => return Err(Refusal::NotYours),
        };
        let account_id = account.map(|account| account.user_id);
        let caller = match account_id {
            Some(id) => Caller::Account(id),
            None => Caller::Phone(self.contact.phone.clone()),
        };
        let seller = account.filter(|account| account.role.is_staff());
        let sold = seller.is_some();
        let places = self.places(asked, facts)?;
        self.must_be_fair(asked, facts, &caller, &places)?;
        let booking = Booking {
            id: self.booking_id,
            pnr: facts.free_pnr(&self.pnr_candidates)?,
            user_id: account_id.filter(|_| !sold),
            contact: self.contact.clone(),
            created_at: asked.now,
            updated_at: asked.now,
        };
        let (kind, reason) = if sold {
            (EventKind::Confirmed, Reason::Sold)
        } else {
            (EventKind::Reserved, Reason::Booked)
        };
        let mut change = Change::nothing();
        for (journey, place) in self.journeys.iter().zip(places) {
            let on = facts.route(journey.route_id)?;
            let route = &on.route;
            let price = route.price_of(place.segment)?;
            let name_of = |index| {
                route.stop(index).map(|stop| stop.name.clone()).ok_or(Refusal::StopOutOfRange)
            };
            if let Some(hold) = place.hold {
                let (ended, let_go) = hold.end(route, &place.seats, asked);
                change.holds.push(ended);
                change.tell(route.id, let_go);
            }
            for (traveller, seat) in journey.travellers.iter().zip(place.seats) {
                let ticket = Ticket {
                    id: traveller.ticket_id,
                    booking_id: booking.id,
                    pnr: booking.pnr.clone(),
                    route_id: route.id,
                    user_id: booking.user_id,
                    issued_by_id: account_id,
                    from_city: name_of(place.segment.from())?,
                    to_city: name_of(place.segment.to())?,
                    segment: place.segment,
                    seat,
                    passenger: traveller.passenger.clone(),
                    price,
                    phone: booking.contact.phone.clone(),
                    status: if sold { TicketStatus::Confirmed } else { TicketStatus::Reserved },
                    payment_status: if sold { PaymentStatus::Paid } else { PaymentStatus::Pending },
                    expires_at: (!sold).then(|| asked.now + self.hold),
                    suspended_at: None,
                    cancelled_at: None,
                    cancel_cause: None,
                    changed_by_id: None,
                    created_at: asked.now,
                    updated_at: asked.now,
                };
                change.tell(route.id, vec![EventDraft::of(&ticket, kind, reason, asked.now)]);
                change.tickets.push(ticket);
            }
        }
        if let Some(seller) = seller {
            let (id, by) = (self.payment_id, seller.user_id);
            change.payments.push(Payment::cash(id, booking.id, &change.tickets, by, asked.now));
        }
        change.bookings.push(booking);
        Ok(change)
    }

    /// Journeys of a booking can be on one departure: then it is asked once, for all of their
    /// seats.
    fn must_be_fair(
        &self,
        asked: Asked<'_>,
        facts: &Facts,
        caller: &Caller,
        places: &[Places<'_>],
    ) -> Result<(), Refusal> {
        let mut taken: Vec<(RouteId, usize, Vec<Holder>)> = Vec::with_capacity(places.len());
        for (Journey { route_id, .. }, place) in self.journeys.iter().zip(places) {
            let (seats, hold) = (place.seats.len(), place.hold.map(BookedHold::holder));
            match taken.iter_mut().find(|(taken, ..)| taken == route_id) {
                Some((_, so_far, holds)) => {
                    *so_far += seats;
                    holds.extend(hold);
                }
                None => taken.push((*route_id, seats, hold.into_iter().collect())),
            }
        }
        for (route_id, seats, instead_of) in &taken {
            let seats = u16::try_from(*seats).unwrap_or(u16::MAX);
            let taking = Taking { caller: Some(caller), seats, instead_of };
            asked.must_be_fair(facts.route(*route_id)?, taking)?;
        }
        Ok(())
    }

    /// Where each journey's travellers are to sit. Whether the seats that they name are free is
    /// checked when they are taken.
    fn places<'a>(&self, asked: Asked<'_>, facts: &'a Facts) -> Result<Vec<Places<'a>>, Refusal> {
        let mut places = Vec::with_capacity(self.journeys.len());
        let mut arrival = None;
        for (index, journey) in self.journeys.iter().enumerate() {
            let told = |refusal| match index {
                0 => refusal,
                _ => Refusal::OnReturn(Box::new(refusal)),
            };
            let RouteFacts { route, .. } = facts.route(journey.route_id).map_err(told)?;
            let found = journey.places(asked, facts).map_err(told)?;
            let departure = route.departure_of(found.segment);
            if arrival.is_some() && departure <= arrival {
                return Err(Refusal::ReturnBeforeArrival);
            }
            arrival = route.arrival_of(found.segment);
            places.push(found);
        }
        Ok(places)
    }
}

/// The seats of a journey's travellers, in their order.
struct Places<'a> {
    segment: Segment,
    seats: Vec<SeatNumber>,
    hold: Option<BookedHold<'a>>,
}

impl Journey {
    fn places<'a>(&self, asked: Asked<'_>, facts: &'a Facts) -> Result<Places<'a>, Refusal> {
        let on = facts.route(self.route_id)?;
        let route = &on.route;
        route.must_be_active()?;
        let named = || self.travellers.iter().filter_map(|traveller| traveller.seat_number);
        if let Some(seat) = named().find(|seat| !route.has_seat(*seat)) {
            return Err(Refusal::SeatBeyondBus { seat, seat_count: route.seat_count });
        }
        let segment = route.segment_between(&self.from_city, &self.to_city)?;
        route.price_of(segment)?;
        route.open_for(asked.actor.role(), segment, asked.now)?;
        let hold = match self.hold {
            Some(token) => Some(BookedHold::find(token, (route.id, segment), asked, facts)?),
            None => None,
        };
        // A traveller without a seat gets one of the hold's, and when those are all given away, the
        // best of the others.
        let open = self.travellers.iter().filter(|traveller| traveller.seat_number.is_none());
        let open: Vec<_> = open.map(|traveller| traveller.passenger.gender).collect();
        let mut given = Vec::new();
        if !open.is_empty() {
            let grid = SeatGrid::of(&on.bus.details.layout);
            let rule = match asked.neighbours.check {
                RuleCheck::OverriddenByStaff => NeighbourRule::Off,
                RuleCheck::Enforced => on.neighbour_rule(asked.neighbours.house),
            };
            let mut seating = on.seating(&grid, segment, None, rule);
            hold.iter().flat_map(|hold| hold.seats()).for_each(|seat| seating.let_go(*seat));
            named().for_each(|seat| seating.keep_for_own(seat));
            if let Some(hold) = hold {
                given = seating.share_out(hold.left_open(named()), &open);
            }
            let without_seat = &open[given.len()..];
            if !without_seat.is_empty() {
                given.iter().for_each(|seat| seating.keep_for_own(*seat));
                given.extend(choose_seats(&seating, without_seat).ok_or(Refusal::NotEnoughSeats)?);
            }
        }
        let mut given = given.into_iter();
        let seat_of = |traveller: &Traveller| {
            let Some(seat) = traveller.seat_number.or_else(|| given.next()) else {
                unreachable!("a seat was found for each traveller who names none")
            };
            seat
        };
        Ok(Places { segment, seats: self.travellers.iter().map(seat_of).collect(), hold })
    }
}

/// A seat number from any integer.
pub fn seat_number(number: i64) -> Result<SeatNumber, String> {
    u16::try_from(number)
        .ok()
        .and_then(SeatNumber::new)
        .ok_or_else(|| format!("must be a seat between 1 and {}", crate::seat::SEATS_MAX))
}
