//! Callers who close the connection: their command is carried out and sent to viewers, or it has no
//! effect.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use domain::{Command, SeatNumber};

use super::{Desk, Harness, World};
use crate::Envelope;

/// Starts a command and drops it at once. Returns whether it was answered before that.
async fn hang_up_on(desk: &Desk, command: Envelope) -> bool {
    let mut asked = pin!(desk.store.execute(command));
    std::future::poll_fn(|context| Poll::Ready(asked.as_mut().poll(context).is_ready())).await
}

pub async fn a_caller_who_hangs_up_leaves_all_or_nothing<H: Harness>() {
    const SEATS: u16 = 50;
    let world = World::<H>::new().await;
    let route = world.route(SEATS).await;
    let mut asked = Vec::new();
    for seat in 1..=SEATS {
        let booking = world.booking(route, seat, (0, 3));
        asked.push((seat, booking.journeys[0].travellers[0].ticket_id));
        hang_up_on(&world, world.by(world.agent, Command::Book(booking))).await;
    }
    // Closing waits for what is still under way.
    let world = world.reopened().await;
    let snapshot = world.store.seat_snapshot(route).await.unwrap().unwrap();
    for (seat, ticket_id) in asked {
        let ticket = world.store.ticket(ticket_id).await.unwrap();
        let payments = world.store.ticket_payments(ticket_id).await.unwrap();
        let seat = SeatNumber::new(seat).unwrap();
        let sits = snapshot.taken.iter().any(|taken| taken.seat == seat);
        let events = world.seat_events(route).await;
        let told = events.iter().any(|event| event.draft.ticket_id() == Some(ticket_id));
        let parts = [ticket.is_some(), payments.len() == 1, sits, told];
        assert!(parts == [true; 4] || parts == [false; 4], "half a sale: {parts:?}");
        // A free seat can be sold, a taken one cannot.
        let again = world.book(world.customer, route, seat.get(), (0, 3)).await;
        assert_eq!(again.is_err(), sits);
    }
    let ledger = world.finish().await;
    assert_eq!(ledger.live().count(), usize::from(SEATS));
}

pub async fn a_caller_who_hangs_up_loses_no_place_in_the_stream<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(40).await;
    for seat in (1..=40).step_by(2) {
        let booking = world.booking(route, seat, (0, 3));
        hang_up_on(&world, world.by(world.customer, Command::Book(booking))).await;
        world.book(world.customer, route, seat + 1, (0, 3)).await.unwrap();
    }
    // The audit compares what was sent with what is stored.
    world.finish().await;
}
