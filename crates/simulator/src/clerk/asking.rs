//! What people ask the desk for, drawn by chance: every use case, with the words of a good form.

use booking::{BookingError, Card, Desk, PaymentResult, TicketChanges};
use domain::command::TicketForm;
use domain::{Account, EventKind, Gender, PassengerForm, Reason, Subject, TicketId};
use store::TicketView;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{Answered, Said, Wish};
use crate::auditor::Auditor;
use crate::cells::Place;
use crate::chance::Chance;
use crate::question::Wanted;
use crate::town::{ADMIN, AGENT, CITIES, CUSTOMERS, GENDERS, LEGS, ROUTES, SEATS, route_id};

/// In a word, who asks, the place that is wanted, and the asking.
pub(super) type Asking = (&'static str, Account, Option<Wanted>, JoinHandle<Said>);

pub(super) fn book(desk: Desk, chance: &Chance) -> Asking {
    let route = chance.index(ROUTES);
    let from = chance.index(LEGS);
    let to = chance.size(from + 1, LEGS);
    let place = Place { seat: chance.size(1, SEATS), from, to };
    let sells = chance.percent(25);
    let actor = if sells { AGENT } else { customer(chance) };
    let gender = gender(chance);
    let request = TicketForm {
        route_id: route_id(route),
        from_city: CITIES[from].to_owned(),
        to_city: CITIES[to].to_owned(),
        seat_number: i64::try_from(place.seat).unwrap_or_default(),
        passenger: PassengerForm { name: "Ayşe".to_owned(), gender, identity_number: None },
        phone: "+90 532 123 45 67".to_owned(),
        ignore_neighbour_rule: false,
    };
    let (kind, reason) = if sells {
        (EventKind::Confirmed, Reason::Sold)
    } else {
        (EventKind::Reserved, Reason::Booked)
    };
    let task =
        tokio::spawn(async move { view(desk.book_ticket(actor, request).await, kind, reason) });
    (if sells { "sell" } else { "book" }, actor, Some(Wanted { route, place }), task)
}

pub(super) fn change(
    desk: Desk,
    wish: Wish,
    ticket: u128,
    auditor: &Auditor,
    chance: &Chance,
) -> Asking {
    let id = TicketId(Uuid::from_u128(ticket));
    let actor = actor(ticket, auditor, chance);
    match wish {
        Wish::Move => {
            let seat = chance.size(1, SEATS);
            let sold = auditor.ledger().sold().get(&ticket);
            let wanted =
                sold.map(|sold| Wanted { route: sold.route, place: Place { seat, ..sold.place } });
            let changes = TicketChanges {
                seat_number: i64::try_from(seat).ok(),
                gender: chance.percent(20).then(|| gender(chance)),
                ..TicketChanges::default()
            };
            ("move", actor, wanted, amend(desk, actor, id, changes))
        }
        Wish::Regender => {
            let gender = Some(gender(chance));
            let changes = TicketChanges { gender, ..TicketChanges::default() };
            ("change the gender", actor, None, amend(desk, actor, id, changes))
        }
        Wish::Confirm => {
            // A suspended ticket wants its seat again, whichever that is by then.
            let (kind, reason) = (EventKind::Confirmed, Reason::Confirmed);
            let task =
                tokio::spawn(async move { view(desk.confirm(actor, id).await, kind, reason) });
            ("confirm", actor, None, task)
        }
        Wish::Suspend => {
            let (kind, reason) = (EventKind::Suspended, Reason::Suspended);
            let task =
                tokio::spawn(async move { view(desk.suspend(actor, id).await, kind, reason) });
            ("suspend", actor, None, task)
        }
        Wish::Refund => {
            let task = tokio::spawn(async move {
                let receipt = desk.refund(actor, id).await;
                let refunded = receipt.map(|receipt| receipt.view);
                view(refunded, EventKind::Cancelled, Reason::Refunded)
            });
            ("refund", actor, None, task)
        }
        Wish::Pay => {
            let card = card();
            let task =
                tokio::spawn(async move { paid(desk.pay(actor, Subject::Ticket(id), card).await) });
            ("pay", actor, None, task)
        }
        Wish::Cancel | Wish::Book | Wish::Keep => {
            let (kind, reason) = (EventKind::Cancelled, Reason::Cancelled);
            let task =
                tokio::spawn(async move { view(desk.cancel(actor, id).await, kind, reason) });
            ("cancel", actor, None, task)
        }
    }
}

fn amend(desk: Desk, actor: Account, id: TicketId, changes: TicketChanges) -> JoinHandle<Said> {
    tokio::spawn(async move {
        let amended = desk.amend(actor, id, changes).await;
        view(amended, EventKind::Available, Reason::Changed)
    })
}

fn paid(outcome: Result<PaymentResult, BookingError>) -> Said {
    match outcome {
        Ok(PaymentResult::Paid { payment, .. }) => Said::Paid(payment.id.0.as_u128()),
        Ok(PaymentResult::Declined { .. }) => Said::Declined,
        Ok(PaymentResult::GivenBack) => Said::GivenBack,
        Err(error) => failed(error),
    }
}

fn view(outcome: Result<TicketView, BookingError>, kind: EventKind, reason: Reason) -> Said {
    match outcome {
        Ok(view) => Said::Done(answered(&view, kind, reason)),
        Err(error) => failed(error),
    }
}

pub(super) fn failed(error: BookingError) -> Said {
    match error {
        BookingError::Refused(refusal) => Said::Refused(refusal),
        _ => Said::Failed,
    }
}

fn answered(view: &TicketView, kind: EventKind, reason: Reason) -> Answered {
    let ticket = view.ticket.id.0.as_u128();
    Answered { ticket, kind, reason, seat: usize::from(view.ticket.seat.get()) }
}

/// The ticket's owner, staff, or, now and then, somebody who has no business with it.
fn actor(ticket: u128, auditor: &Auditor, chance: &Chance) -> Account {
    let owner = auditor.books().tickets.get(&ticket).and_then(|row| row.owner);
    let owner = owner
        .and_then(|id| CUSTOMERS.into_iter().find(|customer| customer.user_id.0.as_u128() == id));
    match chance.below(20) {
        0 => customer(chance),
        1 | 2 => ADMIN,
        3..=8 => AGENT,
        _ => owner.unwrap_or(AGENT),
    }
}

fn customer(chance: &Chance) -> Account {
    CUSTOMERS[chance.index(CUSTOMERS.len())]
}

fn gender(chance: &Chance) -> Gender {
    GENDERS[chance.index(GENDERS.len())]
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
