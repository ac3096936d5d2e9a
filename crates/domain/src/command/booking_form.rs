//! The raw words of a booking, and what can be checked of them without knowing a route. All faults
//! are reported at once, each with the pointer of its field.

use std::collections::BTreeSet;

use super::book::{Journey, Traveller, seat_number};
use crate::hold::TokenHash;
use crate::passenger::Phone;
use crate::seat_choice::PASSENGERS_MAX;
use crate::{
    Contact, ContactForm, FieldErrors, PassengerForm, RouteId, RuleCheck, SeatNumber, TicketId,
};

/// The way out and the way back.
pub const JOURNEYS_MAX: usize = 2;

/// The words of `POST /bookings`.
#[derive(Clone, Debug)]
pub struct BookingForm {
    pub journeys: Vec<JourneyForm>,
    pub contact: ContactForm,
    pub rule_check: RuleCheck,
}

#[derive(Clone, Debug)]
pub struct JourneyForm {
    pub route_id: RouteId,
    pub from_city: String,
    pub to_city: String,
    pub travellers: Vec<TravellerForm>,
    pub hold: Option<TokenHash>,
}

#[derive(Clone, Debug)]
pub struct TravellerForm {
    /// `None`: the best seat that is free.
    pub seat_number: Option<i64>,
    pub passenger: PassengerForm,
}

/// The words of `POST /tickets`: a booking of one traveller, whose seat is named.
#[derive(Clone, Debug)]
pub struct TicketForm {
    pub route_id: RouteId,
    pub from_city: String,
    pub to_city: String,
    pub seat_number: i64,
    pub passenger: PassengerForm,
    pub phone: String,
    pub rule_check: RuleCheck,
}

/// A form that was checked.
pub(super) type Checked = (Vec<Journey>, Contact);

impl BookingForm {
    /// `new_id` makes the tickets' ids, each after the one before it.
    pub fn check(self, new_id: &mut impl FnMut() -> TicketId) -> Result<Checked, FieldErrors> {
        let mut errors = FieldErrors::default();
        let contact = self.contact.check("/contact", &mut errors);
        if !(1..=JOURNEYS_MAX).contains(&self.journeys.len()) {
            let message = "must have one journey, or two: the way out and the way back";
            errors.push("/journeys", message);
            // Where there are too many, they are not checked one by one.
            return Err(errors);
        }
        let mut journeys = Vec::new();
        for (index, form) in self.journeys.into_iter().enumerate() {
            journeys.extend(form.check(&format!("/journeys/{index}"), &mut errors, new_id));
        }
        match contact {
            Some(contact) if errors.is_empty() => Ok((journeys, contact)),
            _ => Err(errors),
        }
    }
}

impl JourneyForm {
    fn check(
        self,
        at: &str,
        errors: &mut FieldErrors,
        new_id: &mut impl FnMut() -> TicketId,
    ) -> Option<Journey> {
        let passengers = format!("{at}/passengers");
        if !(1..=PASSENGERS_MAX).contains(&self.travellers.len()) {
            errors.push(passengers, format!("must have 1 to {PASSENGERS_MAX} passengers"));
            return None;
        }
        let mut seats = BTreeSet::new();
        let mut travellers = Vec::new();
        for (index, form) in self.travellers.iter().enumerate() {
            let at = format!("{passengers}/{index}");
            let Some(traveller) = form.check(&at, errors, new_id()) else { continue };
            if let Some(seat) = traveller.seat_number.filter(|seat| !seats.insert(*seat)) {
                let message = format!("seat {seat} is asked for twice");
                errors.push(format!("{at}/seatNumber"), message);
            }
            travellers.push(traveller);
        }
        let Self { route_id, from_city, to_city, hold, .. } = self;
        Some(Journey { route_id, from_city, to_city, travellers, hold })
    }
}

impl TravellerForm {
    fn check(&self, at: &str, errors: &mut FieldErrors, ticket_id: TicketId) -> Option<Traveller> {
        let seat = |number| errors.check(&format!("{at}/seatNumber"), seat_number(number));
        let seat_number: Option<Option<SeatNumber>> = self.seat_number.map(seat);
        let passenger = self.passenger.check(at, errors);
        let is_good = seat_number != Some(None);
        let seat_number = seat_number.flatten();
        passenger.filter(|_| is_good).map(|passenger| Traveller {
            ticket_id,
            seat_number,
            passenger,
        })
    }
}

impl TicketForm {
    pub fn check(self, ticket_id: TicketId) -> Result<Checked, FieldErrors> {
        let mut errors = FieldErrors::default();
        let traveller =
            TravellerForm { seat_number: Some(self.seat_number), passenger: self.passenger };
        let traveller = traveller.check("", &mut errors, ticket_id);
        let phone = errors.check("/userPhoneNumber", Phone::parse(&self.phone));
        let (Some(traveller), Some(phone)) = (traveller, phone) else { return Err(errors) };
        let Self { route_id, from_city, to_city, .. } = self;
        let travellers = vec![traveller];
        let journey = Journey { route_id, from_city, to_city, travellers, hold: None };
        Ok((vec![journey], Contact { name: None, phone, email: None }))
    }
}
