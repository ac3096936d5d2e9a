//! People at the desk: what they ask for, how long they wait, and what they are told.
//!
//! Every use case is the real one. An answer goes to the auditor; a refusal has to be deserved.

use booking::{BookingRequest, Card, Desk, PaymentResult, TicketChanges};
use domain::{Actor, EventKind, Gender, Reason, Refusal, TicketId};
use store::{CommandError, TicketView};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::auditor::Auditor;
use crate::cells::Place;
use crate::chance::Chance;
use crate::fault::{Checked, Fault, ensure};
use crate::life::Life;
use crate::town::{ADMIN, AGENT, CITIES, CUSTOMERS, GENDERS, LEGS, ROUTES, SEATS, route_id};
use crate::trace::Trace;

/// A promise: an event that is there from now on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered {
    pub(crate) ticket: u128,
    pub(crate) kind: EventKind,
    pub(crate) reason: Reason,
    pub(crate) seat: usize,
}

/// What came back, without the people in it.
#[derive(Debug)]
enum Said {
    Done(Answered),
    /// The payment that was captured.
    Paid(u128),
    Declined,
    GivenBack,
    Refused(Refusal),
    /// The store was too busy, closed, or failed.
    Failed,
}

/// A place that a booking or a move wants, and when it was asked for.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    route: usize,
    place: Place,
}

#[derive(Debug)]
struct Asked {
    number: u64,
    what: &'static str,
    step: u64,
    wanted: Option<Wanted>,
    task: JoinHandle<Said>,
}

/// Everybody who waits for an answer.
#[derive(Debug, Default)]
pub(crate) struct Clerk {
    asked: Vec<Asked>,
    count: u64,
}

#[derive(Clone, Copy)]
enum Wish {
    Book,
    Move,
    Regender,
    Confirm,
    Suspend,
    Cancel,
    Refund,
    Pay,
}

const OTHER_WISHES: [(u64, Wish); 7] = [
    (16, Wish::Move),
    (4, Wish::Regender),
    (9, Wish::Confirm),
    (9, Wish::Suspend),
    (9, Wish::Cancel),
    (5, Wish::Refund),
    (22, Wish::Pay),
];

impl Clerk {
    pub(crate) fn waiting(&self) -> usize {
        self.asked.len()
    }

    /// The process has died: nobody will answer them.
    pub(crate) fn forget(&mut self) {
        self.asked.clear();
    }

    /// Somebody asks for something.
    pub(crate) fn ask(
        &mut self,
        life: &Life,
        step: u64,
        auditor: &Auditor,
        chance: &Chance,
        trace: &mut Trace,
    ) {
        let wish = chance.weighted((26, Wish::Book), &OTHER_WISHES);
        // The newest tickets are the most interesting ones; a few old ones are dug up.
        let order = auditor.ledger().order();
        let recent = &order[order.len().saturating_sub(12)..];
        let ticket = chance.pick(if chance.percent(90) { recent } else { order }).copied();
        let _inside = life.runtime.enter();
        let desk = life.desk.clone();
        let (what, wanted, task) = match (wish, ticket) {
            (Wish::Book, _) | (_, None) => book(desk, chance),
            (wish, Some(ticket)) => change(desk, wish, ticket, auditor, chance),
        };
        self.count += 1;
        let number = self.count;
        trace.line(format!("  #{number} asks to {what} {wanted:?} {ticket:032x?}"));
        self.asked.push(Asked { number, what, step, wanted, task });
    }

    /// Somebody stops waiting.
    pub(crate) fn hang_up(&mut self, chance: &Chance, trace: &mut Trace) {
        if self.asked.is_empty() {
            return;
        }
        let asked = self.asked.swap_remove(chance.index(self.asked.len()));
        asked.task.abort();
        trace.line(format!("  #{} hangs up", asked.number));
        trace.count("callers who hung up");
    }

    /// Takes the answers that have come, each of which must be right.
    pub(crate) fn collect(
        &mut self,
        life: &Life,
        auditor: &mut Auditor,
        trace: &mut Trace,
    ) -> Checked {
        let (answered, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.asked).into_iter().partition(|asked| asked.task.is_finished());
        self.asked = waiting;
        for asked in answered {
            let Asked { number, what, step, wanted, task } = asked;
            let said = life.runtime.block_on(task)?;
            let told = |fault: Fault| Fault(format!("#{number} ({what}): {fault}"));
            let word = match said {
                Said::Done(answered) => {
                    auditor.answered(&answered).map_err(told)?;
                    trace.count(answered.reason.as_str());
                    answered.reason.as_str().to_owned()
                }
                Said::Paid(payment) => {
                    auditor.paid(payment).map_err(told)?;
                    trace.count("paid");
                    "paid".to_owned()
                }
                Said::Declined => {
                    trace.count("cards declined");
                    "declined".to_owned()
                }
                Said::GivenBack => {
                    trace.count("payments given back");
                    "given back".to_owned()
                }
                Said::Refused(refusal) => {
                    deserved(&refusal, wanted, step, auditor).map_err(told)?;
                    trace.count("refusals");
                    if refusal == Refusal::SeatTaken {
                        trace.count("seats taken");
                    }
                    format!("{refusal:?}")
                }
                Said::Failed => {
                    trace.count("commands that failed");
                    "failed".to_owned()
                }
            };
            trace.line(format!("  #{number} is told: {word}"));
        }
        Ok(())
    }
}

/// A seat is only refused as taken if somebody had a leg of it since it was asked for.
fn deserved(refusal: &Refusal, wanted: Option<Wanted>, step: u64, auditor: &Auditor) -> Checked {
    match (refusal, wanted) {
        (Refusal::SeatTaken, Some(Wanted { route, place })) => {
            ensure(auditor.ledger().was_taken_since(route, place, step), || {
                format!("refused, though route {route} {place:?} was free all the time")
            })
        }
        (Refusal::Invalid(errors), _) => Err(Fault(format!("a good form was refused: {errors}"))),
        (
            Refusal::RouteNotFound
            | Refusal::TicketNotFound
            | Refusal::UserNotFound
            | Refusal::PaymentNotFound
            | Refusal::PnrsExhausted,
            _,
        ) => Err(Fault(format!("refused: {refusal}"))),
        _ => Ok(()),
    }
}

type Question = (&'static str, Option<Wanted>, JoinHandle<Said>);

fn book(desk: Desk, chance: &Chance) -> Question {
    let route = chance.index(ROUTES);
    let from = chance.index(LEGS);
    let to = chance.size(from + 1, LEGS);
    let place = Place { seat: chance.size(1, SEATS), from, to };
    let sells = chance.percent(25);
    let actor = if sells { AGENT } else { customer(chance) };
    let gender = gender(chance);
    let request = BookingRequest {
        route_id: route_id(route),
        from_city: CITIES[from].to_owned(),
        to_city: CITIES[to].to_owned(),
        seat_number: i64::try_from(place.seat).unwrap_or_default(),
        gender,
        phone: "+90 532 123 45 67".to_owned(),
        passenger_name: "Ayşe".to_owned(),
        identity_number: None,
    };
    let (kind, reason) = if sells {
        (EventKind::Confirmed, Reason::Sold)
    } else {
        (EventKind::Reserved, Reason::Booked)
    };
    let task = tokio::spawn(async move { view(desk.book(actor, request).await, kind, reason) });
    (if sells { "sell" } else { "book" }, Some(Wanted { route, place }), task)
}

fn change(desk: Desk, wish: Wish, ticket: u128, auditor: &Auditor, chance: &Chance) -> Question {
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
            ("move", wanted, amend(desk, actor, id, changes))
        }
        Wish::Regender => {
            let gender = Some(gender(chance));
            let changes = TicketChanges { gender, ..TicketChanges::default() };
            ("change the gender", None, amend(desk, actor, id, changes))
        }
        Wish::Confirm => {
            // A suspended ticket wants its seat again, whichever that is by then.
            let (kind, reason) = (EventKind::Confirmed, Reason::Confirmed);
            let task =
                tokio::spawn(async move { view(desk.confirm(actor, id).await, kind, reason) });
            ("confirm", None, task)
        }
        Wish::Suspend => {
            let (kind, reason) = (EventKind::Suspended, Reason::Suspended);
            let task =
                tokio::spawn(async move { view(desk.suspend(actor, id).await, kind, reason) });
            ("suspend", None, task)
        }
        Wish::Refund => {
            let task = tokio::spawn(async move {
                let receipt = desk.refund(actor, id).await;
                let refunded = receipt.map(|receipt| receipt.view);
                view(refunded, EventKind::Cancelled, Reason::Refunded)
            });
            ("refund", None, task)
        }
        Wish::Pay => {
            let card = card();
            let task = tokio::spawn(async move { paid(desk.pay(actor, id, card).await) });
            ("pay", None, task)
        }
        Wish::Cancel | Wish::Book => {
            let (kind, reason) = (EventKind::Cancelled, Reason::Cancelled);
            let task =
                tokio::spawn(async move { view(desk.cancel(actor, id).await, kind, reason) });
            ("cancel", None, task)
        }
    }
}

fn amend(desk: Desk, actor: Actor, id: TicketId, changes: TicketChanges) -> JoinHandle<Said> {
    tokio::spawn(async move {
        let amended = desk.amend(actor, id, changes).await;
        view(amended, EventKind::Available, Reason::Changed)
    })
}

fn paid(outcome: Result<PaymentResult, CommandError>) -> Said {
    match outcome {
        Ok(PaymentResult::Paid { payment, .. }) => Said::Paid(payment.id.0.as_u128()),
        Ok(PaymentResult::Declined { .. }) => Said::Declined,
        Ok(PaymentResult::GivenBack { .. }) => Said::GivenBack,
        Err(error) => failed(error),
    }
}

fn view(outcome: Result<TicketView, CommandError>, kind: EventKind, reason: Reason) -> Said {
    match outcome {
        Ok(view) => Said::Done(answered(&view, kind, reason)),
        Err(error) => failed(error),
    }
}

fn failed(error: CommandError) -> Said {
    match error {
        CommandError::Refused(refusal) => Said::Refused(refusal),
        CommandError::Store(_) => Said::Failed,
    }
}

fn answered(view: &TicketView, kind: EventKind, reason: Reason) -> Answered {
    let ticket = view.ticket.id.0.as_u128();
    Answered { ticket, kind, reason, seat: usize::from(view.ticket.seat.get()) }
}

/// The ticket's owner, staff, or, now and then, somebody who has no business with it.
fn actor(ticket: u128, auditor: &Auditor, chance: &Chance) -> Actor {
    let owner = auditor.books().tickets.get(&ticket).and_then(|row| row.owner);
    let owner = owner
        .and_then(|id| CUSTOMERS.into_iter().find(|customer| customer.user_id.0.as_u128() == id));
    match chance.below(20) {
        0 => customer(chance),
        1 => ADMIN,
        2..=7 => AGENT,
        _ => owner.unwrap_or(AGENT),
    }
}

fn customer(chance: &Chance) -> Actor {
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
