//! Never sold twice: one seat, its legs, and all who want it.

use domain::{Command, EventKind, Refusal, RouteId, SeatNumber, TicketId, TicketStatus};

use super::{Desk, Harness, World};

/// The bodies of many commands at once, each on a task of its own.
async fn all_at_once<T: Send + 'static>(
    work: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = work.into_iter().map(tokio::spawn).collect();
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

async fn kinds(desk: &Desk, route_id: RouteId) -> Vec<(EventKind, u16)> {
    let events = desk.seat_events(route_id).await;
    events.iter().map(|event| (event.draft.kind, event.draft.seat.get())).collect()
}

async fn free_seats(desk: &Desk, route_id: RouteId) -> Vec<u16> {
    let snapshot = desk.store.seat_snapshot(route_id).await.unwrap().unwrap();
    let whole = snapshot.route.whole().unwrap();
    snapshot.free_seats(whole).into_iter().map(SeatNumber::get).collect()
}

async fn status(desk: &Desk, ticket_id: TicketId) -> TicketStatus {
    desk.store.ticket(ticket_id).await.unwrap().unwrap().ticket.status
}

pub async fn one_seat_goes_to_one_of_200_buyers<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(40).await;
    let results = all_at_once((0..200).map(|_| {
        let desk = world.desk();
        async move { desk.book(desk.customer, route, 7, (0, 3)).await }
    }))
    .await;
    let sold = results.iter().filter(|result| result.is_ok()).count();
    let taken = results.iter().filter(|result| **result == Err(Refusal::SeatTaken)).count();
    assert_eq!((sold, taken), (1, 199), "one wins, the others are told that the seat is taken");
    assert_eq!(kinds(&world, route).await, [(EventKind::Reserved, 7)]);
    let ledger = world.finish().await;
    assert_eq!(ledger.tickets.len(), 1, "nothing is left of those who lost");
}

pub async fn overlapping_segments_are_refused<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    world.book(world.customer, route, 1, (1, 2)).await.unwrap();
    for overlapping in [(1, 2), (0, 2), (1, 3), (0, 3)] {
        let result = world.book(world.agent, route, 1, overlapping).await;
        assert_eq!(result, Err(Refusal::SeatTaken), "{overlapping:?}");
    }
    world.book(world.agent, route, 2, (0, 3)).await.unwrap();
    world.finish().await;
}

pub async fn neighbouring_segments_share_a_seat<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let results = all_at_once([(0, 1), (1, 2), (2, 3)].map(|stops| {
        let desk = world.desk();
        async move { desk.book(desk.customer, route, 1, stops).await }
    }))
    .await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(world.finish().await.live().count(), 3);
}

pub async fn a_cancellation_frees_the_seat<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(2).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    assert_eq!(free_seats(&world, route).await, [2]);
    world.execute(world.cancelling(world.customer, ticket)).await.unwrap();
    assert_eq!(free_seats(&world, route).await, [1, 2]);
    world.book(world.other, route, 1, (0, 3)).await.unwrap();
    let expected = [
        (EventKind::Reserved, 1),
        (EventKind::Cancelled, 1),
        (EventKind::Available, 1),
        (EventKind::Reserved, 1),
    ];
    assert_eq!(kinds(&world, route).await, expected);
    world.finish().await;
}

pub async fn a_suspension_frees_the_seat<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(2).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    world.execute(world.suspending(world.agent, ticket)).await.unwrap();
    assert_eq!(free_seats(&world, route).await, [1, 2]);
    world.book(world.other, route, 1, (1, 2)).await.unwrap();
    // Its seat belongs to another ticket by now, so nothing becomes free when it is cancelled.
    world.execute(world.cancelling(world.customer, ticket)).await.unwrap();
    assert_eq!(free_seats(&world, route).await, [2]);
    assert_eq!(kinds(&world, route).await.last(), Some(&(EventKind::Cancelled, 1)));
    world.finish().await;
}

pub async fn a_suspended_ticket_takes_its_seat_again<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(2).await;
    let ticket = world.book(world.agent, route, 1, (0, 3)).await.unwrap();
    world.execute(world.suspending(world.agent, ticket)).await.unwrap();
    world.execute(world.confirming(world.agent, ticket)).await.unwrap();
    assert_eq!(free_seats(&world, route).await, [2]);
    let second = world.book(world.customer, route, 1, (2, 3)).await;
    assert_eq!(second, Err(Refusal::SeatTaken));
    world.finish().await;
}

pub async fn a_suspended_ticket_whose_seat_has_gone_is_refused<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(2).await;
    let ticket = world.book(world.agent, route, 1, (0, 3)).await.unwrap();
    world.execute(world.suspending(world.agent, ticket)).await.unwrap();
    world.book(world.customer, route, 1, (2, 3)).await.unwrap();
    let again = world.execute(world.confirming(world.agent, ticket)).await;
    assert_eq!(again.map(drop), Err(Refusal::SeatTaken));
    assert_eq!(status(&world, ticket).await, TicketStatus::Suspended);
    world.finish().await;
}

pub async fn a_move_takes_and_frees_at_once<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(3).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let outcome = world.move_to(world.customer, ticket, 3).await.unwrap();
    assert_eq!(outcome.ticket().ticket.seat.get(), 3);
    assert_eq!(free_seats(&world, route).await, [1, 2]);
    let expected = [(EventKind::Reserved, 1), (EventKind::Available, 1), (EventKind::Reserved, 3)];
    assert_eq!(kinds(&world, route).await, expected);
    world.book(world.other, route, 1, (0, 3)).await.unwrap();
    world.finish().await;
}

pub async fn a_move_onto_a_taken_seat_changes_nothing<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(3).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    // Only its last leg is taken: the legs before it must be released again.
    world.book(world.other, route, 2, (2, 3)).await.unwrap();
    let moved = world.move_to(world.customer, ticket, 2).await;
    assert_eq!(moved.map(drop), Err(Refusal::SeatTaken));
    let stays = world.book(world.agent, route, 1, (0, 1)).await;
    assert_eq!(stays, Err(Refusal::SeatTaken), "the old seat is still held");
    world.book(world.agent, route, 2, (0, 2)).await.unwrap();
    world.finish().await;
}

pub async fn one_of_many_moves_to_a_seat_wins<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(30).await;
    let mut tickets = Vec::new();
    for seat in 1..=20 {
        tickets.push(world.book(world.customer, route, seat, (0, 3)).await.unwrap());
    }
    let results = all_at_once(tickets.into_iter().map(|ticket| {
        let desk = world.desk();
        async move { desk.move_to(desk.customer, ticket, 30).await.map(drop) }
    }))
    .await;
    let moved = results.iter().filter(|result| result.is_ok()).count();
    let refused = results.iter().filter(|result| **result == Err(Refusal::SeatTaken)).count();
    assert_eq!((moved, refused), (1, 19));
    let ledger = world.finish().await;
    assert_eq!(ledger.live().count(), 20, "nobody lost a seat over it");
}

pub async fn two_tickets_cannot_swap_onto_each_other<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(2).await;
    let first = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let second = world.book(world.customer, route, 2, (0, 3)).await.unwrap();
    let results = all_at_once([(first, 2), (second, 1)].map(|(ticket, seat)| {
        let desk = world.desk();
        async move { desk.move_to(desk.customer, ticket, seat).await.map(drop) }
    }))
    .await;
    assert_eq!(results, [Err(Refusal::SeatTaken), Err(Refusal::SeatTaken)]);
    world.finish().await;
}

pub async fn a_refusal_leaves_nothing_behind<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(3).await;
    // Legs 0 and 1 of seat 1 go in before leg 2 is found taken.
    world.book(world.other, route, 1, (2, 3)).await.unwrap();
    let booking = world.booking(route, 1, (0, 3));
    let (ticket_id, pnr) =
        (booking.journeys[0].travellers[0].ticket_id, booking.pnr_candidates[0].clone());
    let refused = world.execute(world.by(world.agent, Command::Book(booking))).await;
    assert_eq!(refused.map(drop), Err(Refusal::SeatTaken));
    assert_eq!(world.store.ticket(ticket_id).await.unwrap(), None);
    assert_eq!(world.store.ticket_by_pnr(&pnr).await.unwrap(), None);
    assert!(world.store.ticket_payments(ticket_id).await.unwrap().is_empty());
    world.book(world.agent, route, 1, (0, 2)).await.unwrap();
    world.finish().await;
}
