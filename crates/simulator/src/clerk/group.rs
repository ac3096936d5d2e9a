//! Travellers of one booking, one way or out and back: with named seats, with held seats, or with
//! the best seats.

use domain::command::{BookingForm, JourneyForm, TravellerForm};
use domain::hold::TokenHash;
use domain::{Actor, ContactForm, Gender, RuleCheck};

use super::asking::{PHONE, customer, gender, number, passenger, popular_seat, sale};
use crate::bookings::{AskedJourney, AskedTraveller};
use crate::cells::Place;
use crate::chance::Chance;
use crate::documents::Document;
use crate::mutation::Mutation;
use crate::request::{Anywhere, Held, Request, Said, Shown, Wanted};
use crate::town::{AGENT, CITIES, LEGS, ROUTES, SEATS, route_id};

/// The most passengers of one journey.
const PASSENGERS_MAX: usize = 10;

/// A booking with this number, and its request. `held`: seats that may become a part of it.
pub(super) fn book(
    number: u64,
    held: Option<Held>,
    chance: &Chance,
    mutation: Option<Mutation>,
) -> (Request, Vec<AskedJourney>) {
    let sells = chance.percent(20);
    let actor: Actor = match sells {
        true => AGENT.into(),
        false if chance.percent(30) => Actor::Anonymous,
        false => customer(chance).into(),
    };
    let insists = sells && chance.percent(30);
    let travellers = match chance.below(10) {
        0..=6 => chance.size(2, 4),
        7 | 8 => chance.size(5, PASSENGERS_MAX),
        _ => 1,
    };
    let people = people(travellers, chance);
    let mut journeys = vec![out(&people, held.as_ref(), chance)];
    // Also before the way out has arrived, which is refused.
    if chance.percent(40) {
        journeys.push(out(&people, None, chance));
    }
    let mut form = form(number, &journeys, held.map(|held| held.token), (insists, chance));
    if mutation == Some(Mutation::LoseTheReturn) {
        form.journeys.truncate(1);
    }
    let (kind, reason) = sale(sells);
    let what = if sells { "sell" } else { "book" };
    let request = Request::new(what, actor, move |desk, sender| {
        let form = form.clone();
        async move {
            let booked = desk.book(sender, form).await;
            Said::of(booked, |view| Said::done(&view.tickets, kind, reason))
        }
    });
    let wanted = journeys.iter().flat_map(AskedJourney::named);
    let anywhere = journeys.iter().map(|journey| {
        let travellers = journey.travellers.iter().filter(|one| one.seat.is_none()).count();
        let AskedJourney { route, from, to, .. } = *journey;
        Anywhere { route, from, to, travellers }
    });
    let anywhere = anywhere.filter(|anywhere| anywhere.travellers > 0).collect();
    let request = request.wanting(wanted.map(|(route, place)| Wanted { route, place }));
    let request = request.showing(journeys.iter().flat_map(AskedJourney::shown));
    (request.of_booking(number, anywhere).insisting(insists), journeys)
}

type Person = (Gender, Option<Document>);

/// Of some bookings a few show documents, mostly each another one.
fn people(travellers: usize, chance: &Chance) -> Vec<Person> {
    let show_some = chance.percent(40);
    let mut others = Document::all();
    let document = || {
        if !show_some || !chance.percent(35) {
            None
        } else if others.is_empty() || chance.percent(10) {
            Some(Document::draw(chance))
        } else {
            Some(others.swap_remove(chance.index(others.len())))
        }
    };
    let documents: Vec<_> = std::iter::repeat_with(document).take(travellers).collect();
    documents.into_iter().map(|document| (gender(chance), document)).collect()
}

fn out(people: &[Person], held: Option<&Held>, chance: &Chance) -> AskedJourney {
    let (route, from, to) = match held {
        Some(Held { route, from, to, .. }) => (*route, *from, *to),
        None => {
            let from = chance.index(LEGS);
            (chance.index(ROUTES), from, chance.size(from + 1, LEGS))
        }
    };
    let names_seats = chance.percent(40);
    let mut free: Vec<usize> = (1..=SEATS).collect();
    let traveller = |(gender, document): &Person| {
        let first = popular_seat(chance);
        let at = free.iter().position(|seat| *seat == first);
        let at = at.unwrap_or_else(|| chance.index(free.len()));
        let seat = (names_seats && chance.percent(80)).then(|| free.remove(at));
        AskedTraveller { gender: *gender, document: *document, seat }
    };
    let travellers = people.iter().map(traveller).collect();
    AskedJourney { route, from, to, travellers, has_hold: held.is_some() }
}

fn form(
    booking: u64,
    journeys: &[AskedJourney],
    mut token: Option<TokenHash>,
    (insists, chance): (bool, &Chance),
) -> BookingForm {
    let traveller = |asked: &AskedTraveller| TravellerForm {
        seat_number: asked.seat.map(number),
        passenger: passenger(asked.gender, asked.document, chance),
    };
    let journey = |asked: &AskedJourney| JourneyForm {
        route_id: route_id(asked.route),
        from_city: CITIES[asked.from].to_owned(),
        to_city: CITIES[asked.to].to_owned(),
        travellers: asked.travellers.iter().map(traveller).collect(),
        hold: token.take(),
    };
    BookingForm {
        journeys: journeys.iter().map(journey).collect(),
        contact: ContactForm {
            name: None,
            phone: PHONE.to_owned(),
            email: Some(crate::booking_number::address(booking)),
        },
        rule_check: RuleCheck::overridden_if(insists),
    }
}

impl AskedJourney {
    /// The places that its travellers name.
    fn named(&self) -> impl Iterator<Item = (usize, Place)> {
        let Self { route, from, to, .. } = *self;
        let seats = self.travellers.iter().filter_map(|traveller| traveller.seat);
        seats.map(move |seat| (route, Place { seat, from, to }))
    }

    /// Its travellers who show a document.
    fn shown(&self) -> impl Iterator<Item = Shown> {
        let Self { route, from, to, .. } = *self;
        self.travellers.iter().filter_map(move |traveller| {
            let (seat, document) = (traveller.seat, traveller.document?);
            Some(Shown { route, from, to, seat, document })
        })
    }
}
