//! Random requests of people at the desk: every use case of one ticket, with valid forms.

use booking::{Card, Desk, PaymentResult, TicketChanges};
use domain::command::TicketForm;
use domain::identity::IdentityForm;
use domain::passenger::Phone;
use domain::{
    Account, Actor, BookingId, EventKind, Gender, Guest, PassengerForm, Pnr, Reason, RuleCheck,
    Subject, TicketId,
};
use store::Sender;
use uuid::Uuid;

use super::wish::Wish;
use crate::auditor::Auditor;
use crate::cells::Place;
use crate::chance::Chance;
use crate::documents::Document;
use crate::request::{About, Request, Said, Shown, Wanted};
use crate::town::{
    ADMIN, AGENT, CITIES, CUSTOMERS, GENDERS, LEGS, POPULAR_SEATS, ROUTES, SEATS, route_id,
};

/// The number that all bookings have, and one that none has.
pub(super) const PHONE: &str = "+90 532 123 45 67";
const OTHER_PHONE: &str = "+90 532 123 45 68";

pub(super) fn book(chance: &Chance) -> Request {
    let route = chance.index(ROUTES);
    let place = place(chance);
    let sells = chance.percent(25);
    let actor = if sells { AGENT } else { customer(chance) };
    let document = chance.percent(50).then(|| Document::draw(chance));
    let form = TicketForm {
        route_id: route_id(route),
        from_city: CITIES[place.from].to_owned(),
        to_city: CITIES[place.to].to_owned(),
        seat_number: number(place.seat),
        passenger: passenger(gender(chance), document, chance),
        phone: PHONE.to_owned(),
        rule_check: RuleCheck::Enforced,
    };
    let (kind, reason) = sale(sells);
    let request = Request::new(if sells { "sell" } else { "book" }, actor, move |desk, sender| {
        let form = form.clone();
        async move {
            let booked = desk.book_ticket(sender, form).await;
            Said::of(booked, |view| Said::done(&[view], kind, reason))
        }
    });
    let Place { seat, from, to } = place;
    let shown = document.map(|document| Shown { route, from, to, seat: Some(seat), document });
    request.wanting([Wanted { route, place }]).showing(shown)
}

/// The event of a new ticket.
pub(super) fn sale(sells: bool) -> (EventKind, Reason) {
    if sells { (EventKind::Confirmed, Reason::Sold) } else { (EventKind::Reserved, Reason::Booked) }
}

pub(super) fn change(wish: Wish, ticket: u128, auditor: &Auditor, chance: &Chance) -> Request {
    let id = TicketId(Uuid::from_u128(ticket));
    let (actor, shows_wrong_pair) = actor(ticket, auditor, chance);
    let about = About::Ticket(ticket);
    let request = match wish {
        Wish::Move => {
            let seat = popular_seat(chance);
            let sold = auditor.ledger().sold().get(&ticket);
            let wanted =
                sold.map(|sold| Wanted { route: sold.route, place: Place { seat, ..sold.place } });
            let insists = actor.role().is_staff() && chance.percent(30);
            let changes = TicketChanges {
                seat_number: Some(number(seat)),
                gender: chance.percent(20).then(|| gender(chance)),
                rule_check: RuleCheck::overridden_if(insists),
                ..TicketChanges::default()
            };
            let moving = Request::new("move", actor, move |desk, sender| {
                amend(desk, sender, id, changes.clone())
            });
            moving.wanting(wanted).insisting(insists)
        }
        Wish::Regender => {
            let gender = Some(gender(chance));
            let changes = TicketChanges { gender, ..TicketChanges::default() };
            Request::new("change the gender", actor, move |desk, sender| {
                amend(desk, sender, id, changes.clone())
            })
        }
        // A suspended ticket takes its seat again, also if that changed meanwhile.
        Wish::Confirm => Request::new("confirm", actor, move |desk, sender| async move {
            let done = |view| Said::done(&[view], EventKind::Confirmed, Reason::Confirmed);
            Said::of(desk.confirm(sender, id, RuleCheck::Enforced).await, done)
        }),
        Wish::Suspend => Request::new("suspend", actor, move |desk, sender| async move {
            let done = |view| Said::done(&[view], EventKind::Suspended, Reason::Suspended);
            Said::of(desk.suspend(sender, id).await, done)
        }),
        Wish::Refund => Request::new("refund", actor, move |desk, sender| async move {
            let refunded = desk.refund(sender, id).await.map(|receipt| receipt.view);
            Said::of(refunded, |view| Said::done(&[view], EventKind::Cancelled, Reason::Refunded))
        }),
        Wish::Pay => pay(actor, Subject::Ticket(id)),
        Wish::CancelAll | Wish::PayAll => {
            let booking = auditor.books().tickets.get(&ticket).map_or(0, |row| row.booking);
            return whole(wish, actor, booking).showing_wrong_pair(shows_wrong_pair);
        }
        Wish::Cancel | Wish::Book | Wish::Group | Wish::Keep => {
            Request::new("cancel", actor, move |desk, sender| async move {
                let done = |view| Said::done(&[view], EventKind::Cancelled, Reason::Cancelled);
                Said::of(desk.cancel(sender, id).await, done)
            })
        }
    };
    request.about(about).showing_wrong_pair(shows_wrong_pair)
}

/// A request about a whole booking.
fn whole(wish: Wish, actor: Actor, booking: u128) -> Request {
    let id = BookingId(Uuid::from_u128(booking));
    let request = match wish {
        Wish::PayAll => pay(actor, Subject::Booking(id)),
        _ => Request::new("cancel all", actor, move |desk, sender| async move {
            Said::of(desk.cancel_booking(sender, id).await, |view| {
                let tickets = view.tickets.iter().map(|view| &view.ticket);
                let ended = tickets.filter(|ticket| ticket.cancelled_at.is_some());
                Said::Ended(ended.map(|ticket| ticket.id.0.as_u128()).collect())
            })
        }),
    };
    request.about(About::Booking(booking))
}

fn pay(actor: Actor, subject: Subject) -> Request {
    Request::new("pay", actor, move |desk, sender| async move {
        Said::of(desk.pay(sender, subject, card()).await, |result| match result {
            PaymentResult::Paid { payment, .. } => Said::Paid(payment.id.0.as_u128()),
            PaymentResult::Declined { .. } => Said::Declined,
            PaymentResult::GivenBack => Said::GivenBack,
        })
    })
}

async fn amend(desk: Desk, sender: Sender, id: TicketId, changes: TicketChanges) -> Said {
    let done = |view| Said::done(&[view], EventKind::Available, Reason::Changed);
    Said::of(desk.amend(sender, id, changes).await, done)
}

/// The ticket's owner, staff, a guest with its code and number, or sometimes a caller without any
/// right to it; and whether that is a guest with another number.
fn actor(ticket: u128, auditor: &Auditor, chance: &Chance) -> (Actor, bool) {
    let row = auditor.books().tickets.get(&ticket);
    let owner = row.and_then(|row| row.owner);
    let owner = owner
        .and_then(|id| CUSTOMERS.into_iter().find(|customer| customer.user_id.0.as_u128() == id));
    let guest = |phone| {
        let pnr = row.and_then(|row| Pnr::parse(&row.pnr))?;
        Some(Actor::Guest(Guest { pnr, phone: Phone::parse(phone).ok()? }))
    };
    let actor = match chance.below(20) {
        0 => Some(customer(chance).into()),
        1 | 2 => Some(ADMIN.into()),
        3..=7 => Some(AGENT.into()),
        8 => return (guest(OTHER_PHONE).unwrap_or(AGENT.into()), row.is_some()),
        // A caller without an account sends code and number; one with an account may.
        9 => guest(PHONE),
        _ => owner.map(Actor::from).or_else(|| guest(PHONE)),
    };
    (actor.unwrap_or(AGENT.into()), false)
}

pub(super) fn customer(chance: &Chance) -> Account {
    CUSTOMERS[chance.index(CUSTOMERS.len())]
}

pub(super) fn gender(chance: &Chance) -> Gender {
    GENDERS[chance.index(GENDERS.len())]
}

pub(super) fn passenger(
    gender: Gender,
    document: Option<Document>,
    chance: &Chance,
) -> PassengerForm {
    let identity = document.map_or_else(IdentityForm::default, |it| it.form(chance));
    PassengerForm { name: "Ayşe".to_owned(), gender, identity }
}

pub(super) fn number(seat: usize) -> i64 {
    i64::try_from(seat).unwrap_or_default()
}

/// Most want one of the same few.
pub(super) fn popular_seat(chance: &Chance) -> usize {
    chance.size(1, if chance.percent(75) { POPULAR_SEATS } else { SEATS })
}

pub(super) fn place(chance: &Chance) -> Place {
    let from = chance.index(LEGS);
    Place { seat: popular_seat(chance), from, to: chance.size(from + 1, LEGS) }
}

fn card() -> Card {
    Card {
        holder_name: "Ayşe".to_owned(),
        number: "5528790000000008".to_owned(),
        expire_month: 12,
        expire_year: 2030,
        cvc: "123".to_owned(),
    }
}
