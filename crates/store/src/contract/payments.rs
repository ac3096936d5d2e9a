//! Money adds up: begun, answered, landed late, owed back, given back.

use domain::payment::PaymentMethod;
use domain::ticket::CancelCause;
use domain::{Payer, Payment, PaymentState, PaymentStatus, Refusal, Share, TicketId, TicketStatus};
use jiff::SignedDuration;

use super::desk::{HOLD, PRICE, booking_of};
use super::{Desk, EVERYTHING, Harness, World};
use crate::UnfinishedPayments;

async fn payments(desk: &Desk, ticket: TicketId) -> Vec<Payment> {
    desk.store.ticket_payments(ticket).await.unwrap()
}

async fn states(desk: &Desk, ticket: TicketId) -> Vec<PaymentState> {
    payments(desk, ticket).await.iter().map(|payment| payment.state()).collect()
}

async fn life(desk: &Desk, ticket: TicketId) -> (TicketStatus, PaymentStatus) {
    let ticket = desk.store.ticket(ticket).await.unwrap().unwrap().ticket;
    (ticket.status, ticket.payment_status)
}

pub async fn a_card_payment_confirms_the_ticket<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let payment = world.begin_payment(world.customer, ticket).await.unwrap();
    assert_eq!(life(&world, ticket).await, (TicketStatus::Reserved, PaymentStatus::Pending));
    let again = world.begin_payment(world.customer, ticket).await;
    assert_eq!(again, Err(Refusal::PaymentInProgress));
    let later = world.after(SignedDuration::from_secs(5));
    let outcome = later.execute(later.settling(ticket, payment, true)).await.unwrap();
    assert!(outcome.changed);
    assert_eq!(outcome.payments, payments(&world, ticket).await);
    let expected = Payment {
        id: payment,
        booking_id: booking_of(ticket),
        method: PaymentMethod::Card,
        provider: "mock".to_owned(),
        paid_by: Payer::Account(world.customer.user_id),
        transaction_id: Some(format!("tx-{payment}")),
        decline_code: None,
        created_at: world.now,
        paid_at: Some(later.now),
        shares: vec![Share {
            ticket_id: ticket,
            amount: PRICE,
            state: PaymentState::Captured,
            refunded_at: None,
        }],
    };
    assert_eq!(payments(&world, ticket).await, [expected]);
    assert_eq!(life(&world, ticket).await, (TicketStatus::Confirmed, PaymentStatus::Paid));
    let paid = world.begin_payment(world.customer, ticket).await;
    assert_eq!(paid, Err(Refusal::AlreadyPaid));
    drop(later);
    world.finish().await;
}

pub async fn a_declined_payment_leaves_the_hold<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let payment = world.begin_payment(world.customer, ticket).await.unwrap();
    world.execute(world.settling(ticket, payment, false)).await.unwrap();
    let declined = payments(&world, ticket).await.remove(0);
    assert_eq!(declined.state(), PaymentState::Declined);
    assert_eq!(declined.decline_code.as_deref(), Some("INSUFFICIENT_FUNDS"));
    assert_eq!(life(&world, ticket).await, (TicketStatus::Reserved, PaymentStatus::Pending));
    world.pay(world.customer, ticket).await.unwrap();
    assert_eq!(states(&world, ticket).await, [PaymentState::Declined, PaymentState::Captured]);
    world.finish().await;
}

pub async fn a_payment_that_lands_late_wins_the_seat_back<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let payment = world.begin_payment(world.customer, ticket).await.unwrap();
    let late = world.after(HOLD);
    late.execute(late.expiring(ticket)).await.unwrap();
    late.execute(late.settling(ticket, payment, true)).await.unwrap();
    assert_eq!(life(&world, ticket).await, (TicketStatus::Confirmed, PaymentStatus::Paid));
    let taken = world.book(world.other, route, 1, (0, 1)).await;
    assert_eq!(taken, Err(Refusal::SeatTaken));
    drop(late);
    world.finish().await;
}

pub async fn a_payment_that_lands_late_on_a_sold_seat_is_owed_back<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let payment = world.begin_payment(world.customer, ticket).await.unwrap();
    let late = world.after(HOLD);
    late.execute(late.expiring(ticket)).await.unwrap();
    // One leg is enough: the segment is not free as a whole.
    late.book(late.other, route, 1, (2, 3)).await.unwrap();
    late.execute(late.settling(ticket, payment, true)).await.unwrap();
    assert_eq!(states(&world, ticket).await, [PaymentState::Refunding]);
    assert_eq!(life(&world, ticket).await, (TicketStatus::Cancelled, PaymentStatus::Pending));
    late.execute(late.finishing(ticket, payment)).await.unwrap();
    let refunded = payments(&world, ticket).await.remove(0);
    assert_eq!(
        (refunded.state(), refunded.shares[0].refunded_at),
        (PaymentState::Refunded, Some(late.now))
    );
    drop(late);
    world.finish().await;
}

pub async fn a_cancelled_ticket_gives_its_money_back<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let by_card = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let payment = world.pay(world.customer, by_card).await.unwrap();
    let in_cash = world.book(world.agent, route, 2, (0, 3)).await.unwrap();
    let unpaid = world.book(world.customer, route, 3, (0, 3)).await.unwrap();
    let nothing = world.execute(world.refunding(world.customer, unpaid)).await;
    assert_eq!(nothing.map(drop), Err(Refusal::NotPaid));
    world.execute(world.refunding(world.customer, by_card)).await.unwrap();
    world.execute(world.cancelling(world.agent, in_cash)).await.unwrap();
    assert_eq!(states(&world, by_card).await, [PaymentState::Refunding], "its provider is asked");
    assert_eq!(states(&world, in_cash).await, [PaymentState::Refunded], "over the counter");
    let over = (TicketStatus::Cancelled, PaymentStatus::Refunded);
    assert_eq!((life(&world, by_card).await, life(&world, in_cash).await), (over, over));
    world.execute(world.finishing(by_card, payment)).await.unwrap();
    assert_eq!(states(&world, by_card).await, [PaymentState::Refunded]);
    let ledger = world.finish().await;
    assert_eq!(ledger.tickets[&by_card].cancel_cause, Some(CancelCause::Requested));
}

pub async fn an_answer_counts_once<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let payment = world.begin_payment(world.customer, ticket).await.unwrap();
    world.execute(world.settling(ticket, payment, false)).await.unwrap();
    let repeated = world.execute(world.settling(ticket, payment, false)).await.unwrap();
    assert!(!repeated.changed, "the first answer stands");
    assert_eq!(states(&world, ticket).await, [PaymentState::Declined]);
    // The card was charged, though the buyer got the answer that it was not: so the money goes
    // back, once.
    let charged = world.execute(world.settling(ticket, payment, true)).await.unwrap();
    let again = world.execute(world.settling(ticket, payment, true)).await.unwrap();
    assert_eq!((charged.changed, again.changed), (true, false));
    assert_eq!(states(&world, ticket).await, [PaymentState::Refunding]);
    let unknown = domain::PaymentId(world.id());
    let result = world.execute(world.settling(ticket, unknown, true)).await;
    assert_eq!(result.map(drop), Err(Refusal::PaymentNotFound));
    world.finish().await;
}

pub async fn unfinished_payments_are_found<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let minute = SignedDuration::from_mins(1);
    let (first, second, third) = (world.desk(), world.after(minute), world.after(minute * 2));
    let started = first.book(first.customer, route, 1, (0, 3)).await.unwrap();
    let started_payment = first.begin_payment(first.customer, started).await.unwrap();
    let owed = second.book(second.customer, route, 2, (0, 3)).await.unwrap();
    let owed_payment = second.pay(second.customer, owed).await.unwrap();
    second.execute(second.cancelling(second.customer, owed)).await.unwrap();
    // Finished ones: captured, declined, given back.
    third.book(third.agent, route, 3, (0, 3)).await.unwrap();
    let declined = third.book(third.customer, route, 4, (0, 3)).await.unwrap();
    let payment = third.begin_payment(third.customer, declined).await.unwrap();
    third.execute(third.settling(declined, payment, false)).await.unwrap();

    let found = |before, limit| {
        let store = &world.store;
        async move {
            let payments = store.unfinished_payments(None, before, limit).await.unwrap();
            payments.iter().map(|payment| payment.id).collect::<Vec<_>>()
        }
    };
    assert_eq!(found(third.now, 10).await, [started_payment, owed_payment], "oldest first");
    let counts = || async { world.store.unfinished_payment_counts().await.unwrap() };
    let unfinished =
        UnfinishedPayments { started: 1, refunding: 1, oldest_started: Some(first.now) };
    assert_eq!(counts().await, unfinished);
    assert_eq!(found(third.now, 1).await, [started_payment]);
    let after = Some((first.now, started_payment));
    let next = world.store.unfinished_payments(after, third.now, 10).await.unwrap();
    assert_eq!(next.iter().map(|payment| payment.id).collect::<Vec<_>>(), [owed_payment]);
    assert_eq!(found(second.now, 10).await, [started_payment], "begun before, not at");
    assert!(found(first.now, 10).await.is_empty());
    let later = third.book(third.customer, route, 5, (0, 3)).await.unwrap();
    let later_payment = third.begin_payment(third.customer, later).await.unwrap();
    assert_eq!(counts().await, UnfinishedPayments { started: 2, ..unfinished });
    third.execute(third.settling(started, started_payment, true)).await.unwrap();
    let oldest_started = Some(third.now);
    assert_eq!(counts().await, UnfinishedPayments { oldest_started, ..unfinished });
    third.execute(third.settling(later, later_payment, false)).await.unwrap();
    third.execute(third.finishing(owed, owed_payment)).await.unwrap();
    assert!(found(third.now, 10).await.is_empty());
    assert_eq!(counts().await, UnfinishedPayments::default());
    drop((first, second, third));
    world.finish().await;
}

pub async fn the_history_shows_what_was_paid<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let minute = SignedDuration::from_mins(1);
    let (second, third) = (world.after(minute), world.after(minute * 2));
    let own = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    world.pay(world.customer, own).await.unwrap();
    let for_them = second.book(second.customer, route, 2, (0, 3)).await.unwrap();
    second.pay(second.agent, for_them).await.unwrap();
    second.execute(second.cancelling(second.customer, for_them)).await.unwrap();
    let declined = third.book(third.customer, route, 3, (0, 3)).await.unwrap();
    let payment = third.begin_payment(third.customer, declined).await.unwrap();
    third.execute(third.settling(declined, payment, false)).await.unwrap();

    let customer = world.customer.user_id;
    let history = world.store.payment_history(customer, EVERYTHING).await.unwrap();
    let ids: Vec<_> = history.items.iter().map(|paid| paid.ticket.ticket.id).collect();
    assert_eq!(ids, [for_them, own], "newest first, declined ones left out");
    assert_eq!(history.total, 2);
    assert_eq!(history.items[0].share.state, PaymentState::Refunding);
    assert_eq!(history.items[0].paid_at, Some(second.now));
    let page = crate::Page { offset: 1, limit: 1 };
    let page = world.store.payment_history(customer, page).await.unwrap();
    assert_eq!((page.items.len(), page.total, page.items[0].ticket.ticket.id), (1, 2, own));
    let agents = world.store.payment_history(world.agent.user_id, EVERYTHING).await.unwrap();
    assert_eq!(agents.total, 1, "what they took over the counter");
    let others = world.store.payment_history(world.other.user_id, EVERYTHING).await.unwrap();
    assert_eq!(others.total, 0);
    drop((second, third));
    world.finish().await;
}
