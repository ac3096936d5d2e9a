//! The desk on a real store: what must follow a commit, and what a crash or a silent provider
//! leaves behind.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod office;

use std::time::Duration;

use booking::{BookingError, PaymentResult, ProviderError, TicketChanges};
use domain::ticket::{PaymentStatus, TicketStatus};
use domain::{Payer, PaymentState, Reason, Refusal, TicketId};
use office::{Answer, Office};

fn refusal<T: std::fmt::Debug>(result: Result<T, BookingError>) -> Refusal {
    match result {
        Err(BookingError::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, not {other:?}"),
    }
}

#[tokio::test]
async fn a_booking_is_held_and_then_paid() {
    let office = Office::open().await;
    let ticket = office.book(1).await.unwrap();
    assert_eq!(ticket.status, TicketStatus::Reserved);
    assert_eq!(ticket.expires_at, Some(office.now() + jiff::SignedDuration::from_secs(900)));
    match office.pay(ticket.id).await.unwrap() {
        PaymentResult::Paid { view, payment } => {
            assert_eq!(view.ticket.status, TicketStatus::Confirmed);
            assert_eq!(payment.state(), PaymentState::Captured);
            assert_eq!(payment.amount(), ticket.price);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn bad_words_are_told_field_by_field() {
    let office = Office::open().await;
    let changes = TicketChanges {
        seat_number: Some(0),
        phone: Some("12".to_owned()),
        passenger_name: Some("\0".to_owned()),
        ..TicketChanges::default()
    };
    let ticket = office.book(1).await.unwrap();
    let Refusal::Invalid(errors) =
        refusal(office.desk.amend(office.customer, ticket.id, changes).await)
    else {
        panic!("it was not the fields")
    };
    let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/seatNumber", "/userPhoneNumber", "/passengerName"]);
}

#[tokio::test]
async fn a_declined_card_keeps_the_hold_and_another_may_be_tried() {
    let office = Office::open().await;
    let ticket = office.book(1).await.unwrap();
    office.provider.answer_next(Answer::Decline);
    let declined = office.pay(ticket.id).await.unwrap();
    assert!(matches!(declined, PaymentResult::Declined { code } if code == "NO_FUNDS"));
    assert_eq!(office.ticket(ticket.id).await.status, TicketStatus::Reserved);
    assert!(matches!(office.pay(ticket.id).await.unwrap(), PaymentResult::Paid { .. }));
}

#[tokio::test]
async fn holds_end_by_their_due_time() {
    let office = Office::open().await;
    let early = office.book(1).await.unwrap();
    office.advance_seconds(600);
    let late = office.book(2).await.unwrap();
    office.advance_seconds(300);
    let sweep = office.start_sweeping();
    office.until_status(early.id, TicketStatus::Cancelled).await;
    assert_eq!(office.ticket(late.id).await.status, TicketStatus::Reserved);
    office.advance_seconds(600);
    office.until_status(late.id, TicketStatus::Cancelled).await;
    sweep.stop().await;
    let reasons = office.reasons().await;
    let expired = reasons.iter().filter(|reason| **reason == Reason::Expired).count();
    assert_eq!(expired, 4, "two tickets, two events each: {reasons:?}");
}

#[tokio::test]
async fn money_that_lands_after_the_hold_wins_the_seat_back_or_goes_back() {
    for taken in [false, true] {
        let office = Office::open().await;
        let ticket = office.book(1).await.unwrap();
        let paying = office.pay_when_released(ticket.id).await;
        office.advance_seconds(900);
        let sweep = office.start_sweeping();
        office.until_status(ticket.id, TicketStatus::Cancelled).await;
        sweep.stop().await;
        if taken {
            office.book(1).await.unwrap();
        }
        office.provider.release();
        let outcome = paying.await.unwrap().unwrap();
        let payments = office.payments(ticket.id).await;
        if taken {
            assert!(matches!(outcome, PaymentResult::GivenBack), "{outcome:?}");
            assert_eq!(payments[0].state(), PaymentState::Refunded);
            assert_eq!(office.ticket(ticket.id).await.status, TicketStatus::Cancelled);
        } else {
            assert!(matches!(outcome, PaymentResult::Paid { .. }), "{outcome:?}");
            assert_eq!(payments[0].state(), PaymentState::Captured);
            assert_eq!(office.ticket(ticket.id).await.status, TicketStatus::Confirmed);
        }
    }
}

/// The answer comes when the bus has left: a seat that was reserved all the time is paid; a hold
/// that has run out takes no seat on a bus that is gone.
#[tokio::test]
async fn money_that_lands_after_the_departure_is_kept_with_a_ticket_or_goes_back() {
    for expires in [false, true] {
        let office = Office::open().await;
        office.advance_seconds(office::UNTIL_DEPARTURE_SECONDS - 1_200);
        let ticket = office.book(1).await.unwrap();
        let paying = office.pay_when_released(ticket.id).await;
        if expires {
            office.advance_seconds(900);
            let sweep = office.start_sweeping();
            office.until_status(ticket.id, TicketStatus::Cancelled).await;
            sweep.stop().await;
        }
        office.advance_seconds(1_200);
        let late = office.pay(ticket.id).await;
        assert!(matches!(late, Err(BookingError::Refused(_))), "nobody else pays now: {late:?}");
        office.provider.release();
        let outcome = paying.await.unwrap().unwrap();
        let state = office.payments(ticket.id).await[0].state();
        let status = office.ticket(ticket.id).await.status;
        if expires {
            assert!(matches!(outcome, PaymentResult::GivenBack), "{outcome:?}");
            assert_eq!((state, status), (PaymentState::Refunded, TicketStatus::Cancelled));
        } else {
            assert!(matches!(outcome, PaymentResult::Paid { .. }), "{outcome:?}");
            assert_eq!((state, status), (PaymentState::Captured, TicketStatus::Confirmed));
        }
    }
}

#[tokio::test]
async fn a_payer_who_hangs_up_has_paid_all_the_same() {
    let office = Office::open().await;
    let ticket = office.book(1).await.unwrap();
    let paying = office.pay_when_released(ticket.id).await;
    paying.abort();
    assert!(paying.await.unwrap_err().is_cancelled());
    office.provider.release();
    office.desk.close().await;
    assert_eq!(office.ticket(ticket.id).await.status, TicketStatus::Confirmed);
    assert_eq!(office.ticket(ticket.id).await.payment_status, PaymentStatus::Paid);
}

#[tokio::test]
async fn a_refund_that_fails_is_owed_until_it_succeeds() {
    let office = Office::open().await;
    let ticket = office.book(1).await.unwrap();
    office.pay(ticket.id).await.unwrap();
    office.provider.fail_refunds(1);
    let receipt = office.desk.refund(office.customer, ticket.id).await.unwrap();
    assert_eq!(receipt.share.state, PaymentState::Refunding);
    assert_eq!(receipt.view.ticket.payment_status, PaymentStatus::Refunded);
    office.advance_seconds(1);
    let finishing = office.start_finishing();
    office.until_payment(ticket.id, PaymentState::Refunded).await;
    finishing.stop().await;
    assert_eq!(office.provider.refunded(), 1, "the money went back once");
}

/// The older one first.
async fn two_refunds_owed(office: &Office) -> Vec<TicketId> {
    office.provider.fail_refunds(2);
    let mut owed = Vec::new();
    for seat in 1..=2 {
        let ticket = office.book(seat).await.unwrap();
        office.pay(ticket.id).await.unwrap();
        office.desk.refund(office.customer, ticket.id).await.unwrap();
        owed.push(ticket.id);
        office.advance_seconds(1);
    }
    owed
}

/// Two nodes look for the same work, and the one that has claimed a piece is slow. The other one
/// skips it: the provider is asked once for each.
#[tokio::test]
async fn of_two_nodes_one_asks_the_provider() {
    let office = Office::open().await;
    let owed = two_refunds_owed(&office).await;
    let asked_before = office.provider.refunds_asked();
    office.provider.wait_in_next_refund();
    let slow = office.start_finishing_at(1);
    office.provider.is_asked().await;
    let other = office.start_finishing_at(2);
    office.until_payment(owed[1], PaymentState::Refunded).await;
    assert_eq!(office.provider.refunds_asked() - asked_before, 2, "the first one is claimed");
    office.provider.release();
    office.until_payment(owed[0], PaymentState::Refunded).await;
    slow.stop().await;
    other.stop().await;
    assert_eq!(office.provider.refunds_asked() - asked_before, 2);
}

/// A page of refunds that the provider always refuses, and one after them that it accepts.
#[tokio::test]
async fn a_refund_that_never_succeeds_keeps_no_other_from_its_turn() {
    const PAGE: u32 = 256;
    let office = Office::open().await;
    office.provider.fail_refunds(PAGE + 1);
    for _ in 0..=PAGE {
        let ticket = office.book(1).await.unwrap();
        office.pay(ticket.id).await.unwrap();
        let receipt = office.desk.refund(office.customer, ticket.id).await.unwrap();
        assert_eq!(receipt.share.state, PaymentState::Refunding);
        office.advance_seconds(1);
    }
    office.provider.fail_refunds(PAGE);
    let last = office.last_ticket().await;
    let finishing = office.start_finishing();
    office.until_payment(last, PaymentState::Refunded).await;
    finishing.stop().await;
    assert_eq!(office.provider.refunded(), 1, "of the others none");
}

#[tokio::test]
async fn a_charge_without_an_answer_is_asked_about() {
    for (known, state) in [(true, PaymentState::Captured), (false, PaymentState::Declined)] {
        let office = Office::open().await;
        let ticket = office.book(1).await.unwrap();
        office.provider.answer_next(Answer::Lose { captured: known });
        let unanswered = office.pay(ticket.id).await;
        assert!(matches!(unanswered, Err(BookingError::Provider(ProviderError::NoAnswer(_)))));
        assert_eq!(office.payments(ticket.id).await[0].state(), PaymentState::Started);
        let again = refusal(office.pay(ticket.id).await);
        assert_eq!(again, Refusal::PaymentInProgress, "no second charge while one is open");
        office.advance_seconds(121);
        let finishing = office.start_finishing();
        office.until_payment(ticket.id, state).await;
        finishing.stop().await;
        let status = if known { TicketStatus::Confirmed } else { TicketStatus::Reserved };
        assert_eq!(office.ticket(ticket.id).await.status, status);
    }
}

/// The parts that end it do not check whose it is.
#[tokio::test]
async fn a_guests_charge_without_an_answer_is_asked_about_and_given_back_to_no_account() {
    let office = Office::open().await;
    let ticket = office.book_as_guest(1).await.unwrap();
    assert_eq!((ticket.user_id, ticket.status), (None, TicketStatus::Reserved));
    office.provider.answer_next(Answer::Lose { captured: true });
    let unanswered = office.pay_as_guest(&ticket).await;
    assert!(matches!(unanswered, Err(BookingError::Provider(ProviderError::NoAnswer(_)))));
    // The hold runs out while the charge's result is unknown, and another buyer takes the seat.
    office.advance_seconds(901);
    let sweeping = office.start_sweeping();
    office.until_status(ticket.id, TicketStatus::Cancelled).await;
    sweeping.stop().await;
    office.book(1).await.unwrap();
    let finishing = office.start_finishing();
    office.until_payment(ticket.id, PaymentState::Refunded).await;
    finishing.stop().await;
    assert_eq!(office.provider.refunded(), 1);
    let payments = office.payments(ticket.id).await;
    assert_eq!(payments[0].paid_by, Payer::Guest);
    assert_eq!(office.ticket(ticket.id).await.status, TicketStatus::Cancelled);
}

/// It would arrive after the provider was asked about it and answered that it knows none.
#[tokio::test]
async fn a_charge_that_took_too_long_to_be_written_is_not_sent() {
    let office = Office::open().await;
    let ticket = office.book(1).await.unwrap();
    office.slow_down(60);
    let outcome = office.pay(ticket.id).await.unwrap();
    assert!(matches!(outcome, PaymentResult::Declined { .. }), "{outcome:?}");
    assert_eq!(office.provider.charges(), 0);
    assert_eq!(office.payments(ticket.id).await[0].state(), PaymentState::Declined);
    office.slow_down(0);
    assert!(matches!(office.pay(ticket.id).await.unwrap(), PaymentResult::Paid { .. }));
}

#[tokio::test]
async fn cash_is_handed_back_at_once() {
    let office = Office::open().await;
    let ticket = office.sell(1).await.unwrap();
    let receipt = office.desk.refund(office.agent, ticket.id).await.unwrap();
    assert_eq!(receipt.share.state, PaymentState::Refunded);
    assert_eq!(office.provider.refunded(), 0, "no provider was asked");
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_took_nothing_and_can_be_tried_again() {
    let office = Office::open().await;
    let ticket = office.book(1).await.unwrap();
    office.provider.answer_next(Answer::Unreachable);
    let refused = office.pay(ticket.id).await;
    let is_unreachable =
        matches!(refused, Err(BookingError::Provider(ProviderError::Unreachable(_))));
    assert!(is_unreachable, "{refused:?}");
    assert_eq!(office.payments(ticket.id).await[0].state(), PaymentState::Declined);
    assert_eq!(office.ticket(ticket.id).await.status, TicketStatus::Reserved, "the hold stays");
    // At once: the payer need not wait until the first try's result is known.
    office.pay(ticket.id).await.unwrap();
    assert_eq!(office.ticket(ticket.id).await.status, TicketStatus::Confirmed);
}

/// The provider's line is open, and nothing comes.
#[tokio::test]
async fn a_provider_that_says_nothing_holds_up_neither_the_payer_nor_other_refunds() {
    let office = Office::open().await;
    let owed = two_refunds_owed(&office).await;
    let ticket = office.book(3).await.unwrap();
    let paying = office.pay_when_released(ticket.id).await;
    office.provider.wait_in_next_refund();
    let finishing = office.start_finishing();
    office.provider.is_asked().await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    let unanswered = paying.await.unwrap();
    assert!(matches!(unanswered, Err(BookingError::Provider(ProviderError::NoAnswer(_)))));
    office.until_payment(owed[1], PaymentState::Refunded).await;
    tokio::time::resume();
    finishing.stop().await;
}
