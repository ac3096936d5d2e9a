//! Guests: what callers without an account can do with a code and a phone number.

use domain::{Actor, Guest, Payer, PaymentState, Refusal, TicketStatus};

use super::desk::HOLD;
use super::{Desk, EVERYTHING, Harness, World};
use crate::BookingView;

/// A guest with the code and the phone number of a booking.
fn guest(of: &BookingView) -> Actor {
    let (pnr, phone) = (of.booking.pnr.clone(), of.booking.contact.phone.clone());
    Actor::Guest(Guest { pnr, phone })
}

async fn read(desk: &Desk, of: &BookingView) -> BookingView {
    desk.store.booking(of.booking.id).await.unwrap().unwrap()
}

pub async fn a_guest_books_and_is_known_by_code_and_phone<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let (token, _) = world.hold(Actor::Anonymous, route, &[4, 5, 6], (0, 3)).await.unwrap();
    let mut going = world.going(route, &[5, 0], (0, 3));
    going.hold = Some(token);
    let made = world.book_group(Actor::Anonymous, vec![going]).await.unwrap();
    assert_eq!(read(&world, &made).await, made, "what was answered is what is read");
    assert_eq!(made.booking.user_id, None);
    for view in &made.tickets {
        let ticket = &view.ticket;
        assert_eq!((ticket.user_id, ticket.issued_by_id), (None, None));
        assert_eq!(ticket.status, TicketStatus::Reserved);
        assert_eq!(ticket.expires_at, Some(world.now + HOLD));
    }
    let seats: Vec<_> = made.tickets.iter().map(|view| view.ticket.seat.get()).collect();
    assert_eq!(seats, [5, 4]);
    // Neither a guest with a code and a phone number nor the program itself can book.
    for actor in [guest(&made), Actor::System] {
        let refused = world.book_group(actor, vec![world.going(route, &[0], (0, 3))]).await;
        assert!(
            matches!(refused, Err(Refusal::NotYours | Refusal::BookingNotFound)),
            "{refused:?}"
        );
    }
    let (paid, gone) = (made.tickets[0].ticket.id, made.tickets[1].ticket.id);
    world.execute(world.cancelling(guest(&made), gone)).await.unwrap();
    let payment = world.begin_payment(guest(&made), paid).await.unwrap();
    // The hold runs out while the card is being charged, and the payment wins the seat back.
    let later = world.after(HOLD + HOLD);
    later.execute(later.expiring(paid)).await.unwrap();
    assert_eq!(read(&later, &made).await.tickets[0].ticket.status, TicketStatus::Cancelled);
    later.execute(later.settling(paid, payment, true)).await.unwrap();
    assert_eq!(read(&later, &made).await.tickets[0].ticket.status, TicketStatus::Confirmed);
    later.execute(later.cancelling_booking(guest(&made), made.booking.id)).await.unwrap();
    later.execute(later.finishing(paid, payment)).await.unwrap();
    assert_eq!(read(&later, &made).await.payments[0].state(), PaymentState::Refunded);
    drop(later);
    world.finish().await;
}

pub async fn a_guest_pays_what_an_account_booked<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let going = |seats: &[u16]| vec![world.going(route, seats, (0, 3))];
    let made = world.book_group(world.customer, going(&[1, 2])).await.unwrap();
    let other = world.book_group(world.customer, going(&[3])).await.unwrap();
    let first = made.tickets[0].ticket.id;
    let refused = world.pay(guest(&other), first).await;
    assert_eq!(refused, Err(Refusal::TicketNotFound), "the code of another booking");
    world.pay(guest(&made), first).await.unwrap();
    let paid = read(&world, &made).await;
    let [payment] = paid.payments.as_slice() else { panic!("{paid:?}") };
    assert_eq!((payment.paid_by, payment.state()), (Payer::Guest, PaymentState::Captured));
    let history = |of: domain::Account| world.store.payment_history(of.user_id, EVERYTHING);
    let shown = history(world.customer).await.unwrap();
    assert_eq!(shown.total, 2, "what somebody else paid for them, whoever that was");
    assert_eq!(history(world.other).await.unwrap().total, 0);
    world.execute(world.cancelling(guest(&made), first)).await.unwrap();
    let id = made.booking.id;
    let rest = world.execute(world.cancelling_booking(guest(&other), id)).await;
    assert_eq!(rest.map(drop), Err(Refusal::BookingNotFound));
    world.execute(world.cancelling_booking(guest(&made), id)).await.unwrap();
    assert_eq!(read(&world, &made).await.payments[0].state(), PaymentState::Refunding);
    world.finish().await;
}
