//! The answers to people at the desk: compared with what the auditor knows, and counted.

use domain::Refusal;

use super::repeating::{Repeating, Under};
use crate::auditor::Auditor;
use crate::fault::{Checked, Fault, ensure};
use crate::life::Life;
use crate::question::Question;
use crate::request::{About, Said};
use crate::slip::Outcome;
use crate::trace::Trace;

/// The outcome because of a key; `None`: the same as without a key.
pub(super) fn keyed(
    repeating: &Repeating,
    under: &Under,
    said: &Said,
    auditor: &mut Auditor,
    trace: &mut Trace,
) -> Checked<Option<String>> {
    let body = under.body;
    match (said, under.slip.outcome()) {
        (Said::Refused(Refusal::KeyAnswered), Outcome::Repeated(content)) => {
            auditor.told_under_key(body, &content, false)?;
            trace.count("answers that were repeated");
            if under.life != repeating.life() {
                trace.count("answers of a life before");
            }
            Ok(Some(format!("as before: {}", String::from_utf8_lossy(&content))))
        }
        (Said::Refused(Refusal::KeyAnswered), outcome) => {
            Err(Fault(format!("there is an answer, and it was told {outcome:?}")))
        }
        (Said::Refused(Refusal::KeyReused), _) => {
            ensure(repeating.has_other_body(body), || {
                format!("{body:?} is the only one under its key")
            })?;
            trace.count("keys that were used for something else");
            Ok(Some("another body".to_owned()))
        }
        (Said::Refused(Refusal::KeyInFlight), _) => {
            ensure(auditor.has_begun_payment(body.key), || {
                format!("{body:?} waits for no payment")
            })?;
            trace.count("keys in flight");
            Ok(Some("in flight".to_owned()))
        }
        (Said::Failed, _) | (_, Outcome::Unknown | Outcome::Begun) => Ok(None),
        (_, Outcome::First(content)) => {
            auditor.told_under_key(body, &content, true)?;
            Ok(None)
        }
        (said, Outcome::Repeated(_)) => Err(Fault(format!("a repeat was answered {said:?}"))),
    }
}

pub(super) fn told(
    question: &Question,
    said: Said,
    life: &Life,
    auditor: &mut Auditor,
    trace: &mut Trace,
) -> Checked<String> {
    let request = &question.request;
    let is_refusal = matches!(said, Said::Refused(_) | Said::Failed);
    ensure(is_refusal || !request.shows_wrong_pair, || {
        "done for a guest who shows another number".to_owned()
    })?;
    trace.count_some((!is_refusal && request.is_by_guest()).then_some("done for guests"));
    Ok(match said {
        Said::Done(all) => {
            all.iter().try_for_each(|answered| auditor.answered(answered, question.step))?;
            question.deserved_yes(auditor.ledger(), auditor.books())?;
            question.deserved_documents(&all, auditor.books())?;
            let word = all.first().map_or("nothing", |answered| answered.reason.as_str());
            trace.count(word);
            if request.booking.is_some() && all.len() > 1 {
                trace.count("booked together");
            }
            if request.is_there_and_back() {
                trace.count("booked there and back");
            }
            if all.iter().any(|answered| auditor.ledger().was_held_before(answered.ticket)) {
                trace.count("holds that became bookings");
            }
            if request.insists {
                trace.count("seats that staff insisted on");
            }
            if question.gives_second_seats(auditor.ledger(), auditor.books()) {
                trace.count("second seats that staff gave");
            }
            word.to_owned()
        }
        Said::Ended(tickets) => {
            tickets.iter().try_for_each(|ticket| auditor.ended(*ticket))?;
            question.deserved_yes(auditor.ledger(), auditor.books())?;
            trace.count("bookings cancelled");
            "all cancelled".to_owned()
        }
        Said::Kept(_) => {
            auditor.kept(question)?;
            question.deserved_yes(auditor.ledger(), auditor.books())?;
            let word = if request.what == "hold" { "held" } else { "blocked" };
            trace.count(word);
            word.to_owned()
        }
        Said::LetGo => {
            trace.count("seats let go");
            "let go".to_owned()
        }
        Said::Paid(payment) => {
            auditor.paid(payment, &request.actor)?;
            trace.count_some(request.is_by_guest().then_some("paid by guests"));
            question.deserved_yes(auditor.ledger(), auditor.books())?;
            trace.count("paid");
            if matches!(request.about, About::Booking(_)) {
                trace.count("bookings paid");
            }
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
            question.deserved_no(&refusal, life.now_millis(), auditor)?;
            trace.count("refusals");
            trace.count_some(refused(&refusal));
            if let (Refusal::PassengerAlreadyBooked { .. }, "confirm") = (&refusal, request.what) {
                trace.count("refused to sit twice again");
            }
            format!("{refusal:?}")
        }
        Said::Failed => {
            trace.count("commands that failed");
            "failed".to_owned()
        }
    })
}

/// Refusals that must occur in the runs.
fn refused(refusal: &Refusal) -> Option<&'static str> {
    Some(match refusal {
        Refusal::SeatTaken => "seats taken",
        Refusal::TooLate => "refused as too late",
        Refusal::AfterDeparture => "refused after departure",
        Refusal::NeighbourRule { .. } => "refused beside a stranger",
        Refusal::PassengerAlreadyBooked { .. } => "refused a second seat",
        Refusal::NotEnoughSeats => "refused for want of seats",
        Refusal::ReturnBeforeArrival => "returns before the arrival",
        Refusal::OnReturn(refusal) => return refused(refusal),
        _ => return None,
    })
}
