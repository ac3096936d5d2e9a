//! Guests: what somebody without an account does who shows a code and a phone number.

use domain::{Actor, Guest, Payer, PaymentState, Refusal};

use super::{Desk, EVERYTHING, Harness, World};
use crate::BookingView;

/// Whoever shows code and phone number of a booking.
fn guest(of: &BookingView) -> Actor {
    let (pnr, phone) = (of.booking.pnr.clone(), of.booking.contact.phone.clone());
    Actor::Guest(Guest { pnr, phone })
}

async fn read(desk: &Desk, of: &BookingView) -> BookingView {
    desk.store.booking(of.booking.id).await.unwrap().unwrap()
}

pub async fn a_guest_pays_what_an_account_booked<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let going = |seats: &[u16]| vec![world.going(route, seats, (0, 3))];
    let made = world.book_group(world.customer, going(&[1, 2])).await.unwrap();
    let other = world.book_group(world.customer, going(&[3])).await.unwrap();
    let first = made.tickets[0].ticket.id;
    let refused = world.pay(guest(&other), first).await;
    assert_eq!(refused, Err(Refusal::NotYours), "the code of another booking");
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
    assert_eq!(rest.map(drop), Err(Refusal::NotYours));
    world.execute(world.cancelling_booking(guest(&made), id)).await.unwrap();
    assert_eq!(read(&world, &made).await.payments[0].state(), PaymentState::Refunding);
    world.finish().await;
}
