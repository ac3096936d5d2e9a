//! Seats without a ticket: held while names are typed, or taken out of sale.

use domain::fair_use::{AddressKey, RUN_OUT_SECONDS};
use domain::hold::ENDED_HOLD_KEPT_SECONDS;
use domain::{
    Account, Actor, Command, EventKind, FairUse, HoldState, Reason, Refusal, RouteId, SeatNumber,
    Seq,
};
use jiff::SignedDuration;

use super::desk::SEAT_HOLD;
use super::{Desk, Harness, World};
use crate::{Envelope, LiveHolds};

async fn kinds(desk: &Desk, route: RouteId) -> Vec<(EventKind, Reason, u16, bool)> {
    let events = desk.seat_events(route).await;
    let told = events.iter().map(|event| &event.draft);
    told.map(|draft| (draft.kind, draft.reason, draft.seat.get(), draft.ticket.is_some())).collect()
}

pub async fn a_hold_keeps_its_seats_until_it_is_let_go<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let (token, held) = world.hold(Actor::Anonymous, route, &[2, 1], (0, 2)).await.unwrap();
    assert_eq!(held.seats, [1, 2].map(|seat| SeatNumber::new(seat).unwrap()));
    assert_eq!(world.store.hold(token).await.unwrap(), Some(held));
    assert_eq!(world.book(world.agent, route, 1, (1, 2)).await, Err(Refusal::SeatTaken));
    let other = world.hold(Actor::Anonymous, route, &[3, 2], (1, 3)).await;
    assert_eq!(other.map(drop), Err(Refusal::SeatTaken));
    // The leg behind it, and the seat that the refused hold wanted, are free.
    world.book(world.agent, route, 1, (2, 3)).await.unwrap();
    world.book(world.agent, route, 3, (0, 3)).await.unwrap();
    let released = world.execute(world.releasing(token)).await.unwrap();
    assert_eq!(released.into_hold().state, HoldState::Released);
    assert!(!world.execute(world.releasing(token)).await.unwrap().changed);
    world.book(world.customer, route, 1, (0, 2)).await.unwrap();
    let expected = [
        (EventKind::Reserved, Reason::Held, 1, false),
        (EventKind::Reserved, Reason::Held, 2, false),
        (EventKind::Confirmed, Reason::Sold, 1, true),
        (EventKind::Confirmed, Reason::Sold, 3, true),
        (EventKind::Available, Reason::Released, 1, false),
        (EventKind::Available, Reason::Released, 2, false),
        (EventKind::Reserved, Reason::Booked, 1, true),
    ];
    assert_eq!(kinds(&world, route).await, expected);
    world.finish().await;
}

pub async fn a_hold_ends_once_by_its_time<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let (token, held) = world.hold(Actor::Anonymous, route, &[1], (0, 3)).await.unwrap();
    let due = |desk: Desk| async move { desk.store.due_seat_holds(desk.now, 10).await.unwrap() };
    assert_eq!(world.store.next_hold_end().await.unwrap(), Some(world.now + SEAT_HOLD));
    assert_eq!(world.store.live_holds().await.unwrap().seat_holds, 1);
    let early = world.after(SEAT_HOLD - SignedDuration::from_millis(1));
    assert!(due(early.clone()).await.is_empty());
    assert!(!early.execute(early.expiring_hold(held.id)).await.unwrap().changed);
    // Extended once, it is not due at its first end.
    let extended = early.execute(early.extending(token)).await.unwrap().into_hold();
    assert_eq!(extended.expires_at, early.now + SEAT_HOLD);
    let again = early.execute(early.extending(token)).await;
    assert_eq!(again.map(drop), Err(Refusal::HoldExtended));
    assert!(due(world.after(SEAT_HOLD)).await.is_empty());
    drop(early);
    let world = world.reopened().await;
    let late = world.after(SEAT_HOLD * 2);
    assert_eq!(due(late.clone()).await, [held.id]);
    let sweeps: Vec<_> = (0..5)
        .map(|_| {
            let late = late.clone();
            tokio::spawn(async move { late.execute(late.expiring_hold(held.id)).await.unwrap() })
        })
        .collect();
    let mut ended = 0;
    for sweep in sweeps {
        ended += u32::from(sweep.await.unwrap().changed);
    }
    assert_eq!(ended, 1, "by exactly one of them");
    for command in [late.extending(token), late.extending(token)] {
        assert_eq!(late.execute(command).await.map(drop), Err(Refusal::HoldExpired));
    }
    assert_eq!(late.store.next_hold_end().await.unwrap(), None);
    assert_eq!(late.store.live_holds().await.unwrap(), LiveHolds::default());
    assert_eq!(late.store.head(route).await.unwrap().unwrap().seq, Seq::new(2));
    // Long after its end its token is unknown, like any other.
    let day = late.after(SignedDuration::from_secs(ENDED_HOLD_KEPT_SECONDS));
    let (other, _) = late.hold(Actor::Anonymous, route, &[2], (0, 1)).await.unwrap();
    day.execute(day.releasing(other)).await.unwrap();
    assert_eq!(day.store.hold(token).await.unwrap(), None);
    assert!(day.store.hold(other).await.unwrap().is_some());
    drop((late, day));
    world.finish().await;
}

pub async fn many_hold_the_same_seats_and_one_gets_them<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(40).await;
    let tasks: Vec<_> = (0..60)
        .map(|number| {
            let desk = world.desk();
            tokio::spawn(async move {
                match number % 3 {
                    0 => desk.hold(Actor::Anonymous, route, &[6, 7], (0, 3)).await.map(drop),
                    1 => desk.block(desk.agent, route, &[7, 8], (1, 2)).await.map(drop),
                    _ => desk.book(desk.customer, route, 7, (0, 2)).await.map(drop),
                }
            })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => done += 1,
            Err(refusal) => assert_eq!(refusal, Refusal::SeatTaken),
        }
    }
    assert_eq!(done, 1);
    world.finish().await;
}

pub async fn a_block_is_lifted_once_and_kept_until_then<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let block = world.block(world.agent, route, &[1, 2], (0, 3)).await.unwrap();
    let part = world.block(world.admin, route, &[3], (1, 2)).await.unwrap();
    let customer = world.block(world.customer, route, &[4], (0, 3)).await;
    assert!(matches!(customer, Err(Refusal::RoleRequired { .. })), "{customer:?}");
    let world = world.reopened().await;
    assert_eq!(world.store.blocks(route).await.unwrap(), [block.clone(), part.clone()]);
    assert_eq!(world.book(world.admin, route, 2, (2, 3)).await, Err(Refusal::SeatTaken));
    world.book(world.customer, route, 3, (0, 1)).await.unwrap();
    assert!(world.execute(world.lifting(world.agent, route, block.id)).await.unwrap().changed);
    let again = world.execute(world.lifting(world.agent, route, block.id)).await;
    assert_eq!(again.map(drop), Err(Refusal::BlockNotFound));
    let other = world.route(10).await;
    let elsewhere = world.execute(world.lifting(world.agent, other, part.id)).await;
    assert_eq!(elsewhere.map(drop), Err(Refusal::BlockNotFound));
    assert_eq!(world.store.blocks(route).await.unwrap(), [part]);
    world.book(world.customer, route, 2, (0, 3)).await.unwrap();
    world.finish().await;
}

/// Ten for an account, twelve for all callers without one behind one address.
fn fair(envelope: Envelope, address: u8) -> Envelope {
    let address = Some(AddressKey([address; 16]));
    let fair_use = FairUse { seats_per_caller: 10, seats_per_address: 12, address };
    Envelope { fair_use: Some(fair_use), ..envelope }
}

pub async fn unpaid_seats_are_counted_by_caller_and_address<H: Harness>() {
    let world = World::<H>::new().await;
    // Enough seats that the address's share is no bound here.
    let route = world.route(80).await;
    let take = |by: Actor, seats: std::ops::RangeInclusive<u16>, address| {
        let seats: Vec<u16> = seats.collect();
        let (_, envelope) = world.holding(by, route, &seats, (0, 3));
        world.execute(fair(envelope, address))
    };
    let customer = Actor::User(world.customer);
    take(customer.clone(), 1..=10, 1).await.unwrap();
    let eleventh = take(customer.clone(), 11..=11, 1).await.map(drop);
    let wait = u32::try_from(SEAT_HOLD.as_secs()).unwrap();
    assert_eq!(eleventh, Err(Refusal::TooManySeats { retry_after_seconds: wait }));
    take(Actor::User(world.agent), 11..=20, 1).await.unwrap();
    take(Actor::Anonymous, 21..=26, 1).await.unwrap();
    take(Actor::Anonymous, 27..=32, 1).await.unwrap();
    assert!(take(Actor::Anonymous, 33..=33, 1).await.is_err());
    take(Actor::Anonymous, 33..=34, 2).await.unwrap();
    // It is decided on what is stored: the same after the store is opened again.
    let world = world.reopened().await;
    for (by, address) in [(customer, 3), (Actor::Anonymous, 1)] {
        let (_, envelope) = world.holding(by, route, &[40], (0, 3));
        let refused = world.execute(fair(envelope, address)).await;
        assert!(matches!(refused, Err(Refusal::TooManySeats { .. })), "{refused:?}");
    }
    world.finish().await;
}

pub async fn journeys_on_one_departure_are_counted_together<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(80).await;
    let book = |there: usize, on: usize| {
        let going = |seats: usize, stops| world.going(route, &vec![0; seats], stops);
        let group = world.group(vec![going(there, (0, 1)), going(on, (2, 3))]);
        world.execute(fair(world.by(world.customer, Command::Book(group)), 1))
    };
    let refused = book(6, 5).await.map(drop);
    assert!(matches!(refused, Err(Refusal::TooManySeats { .. })), "{refused:?}");
    book(6, 4).await.unwrap();
    world.finish().await;
}

/// Half of a bus with forty seats.
pub async fn one_address_owes_half_of_a_bus_however_many_accounts<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(40).await;
    async fn book(desk: &Desk, by: Account, route: RouteId, address: u8) -> Result<(), Refusal> {
        let group = Command::Book(desk.group(vec![desk.going(route, &[0; 5], (0, 3))]));
        desk.execute(fair(desk.by(by, group), address)).await.map(drop)
    }
    for by in [world.customer, world.other, world.customer] {
        book(&world, by, route, 1).await.unwrap();
    }
    let (token, taking) = world.holding(Actor::Anonymous, route, &[36, 37, 38, 39, 40], (0, 3));
    world.execute(fair(taking, 1)).await.unwrap();
    let is_full = |asked: Result<(), Refusal>| matches!(asked, Err(Refusal::TooManySeats { .. }));
    assert!(is_full(book(&world, world.other, route, 1).await));
    // Known after the store is opened again, for tickets as for holds, and not applied to staff or
    // to another address.
    let world = world.reopened().await;
    assert!(is_full(book(&world, world.other, route, 1).await));
    book(&world, world.agent, route, 1).await.unwrap();
    book(&world, world.other, route, 2).await.unwrap();
    // Each seat let go makes room for another.
    world.execute(world.releasing(token)).await.unwrap();
    let world = world.reopened().await;
    let (_, taking) = world.holding(Actor::Anonymous, route, &[36, 37, 38, 39, 40], (0, 3));
    world.execute(fair(taking, 1)).await.unwrap();
    let (_, taking) = world.holding(Actor::Anonymous, route, &[35], (0, 3));
    assert!(is_full(world.execute(fair(taking, 1)).await.map(drop)));
    // So does each seat that is paid, and this room stays.
    let all = crate::TicketFilter::default();
    let tickets = world.store.tickets(all, super::EVERYTHING).await.unwrap().items;
    let paid = tickets.iter().find(|view| view.ticket.user_id == Some(world.customer.user_id));
    let booking_id = paid.unwrap().ticket.booking_id;
    world.pay(world.customer, domain::TicketId(booking_id.0)).await.unwrap();
    let world = world.reopened().await;
    let (_, taking) = world.holding(Actor::Anonymous, route, &[31, 32, 33, 34, 35], (0, 3));
    world.execute(fair(taking, 1)).await.unwrap();
    world.finish().await;
}

pub async fn who_lets_seats_run_out_again_and_again_waits<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(40).await;
    let mut desk = world.desk();
    for _ in 0..3 {
        let (_, taken) = desk.holding(Actor::User(desk.customer), route, &[1], (0, 3));
        let held = desk.execute(fair(taken, 1)).await.unwrap().into_hold();
        desk = desk.after(SEAT_HOLD);
        desk.execute(desk.expiring_hold(held.id)).await.unwrap();
    }
    let first_ran_out = world.now + SEAT_HOLD;
    drop(desk);
    let mut world = world.reopened().await;
    let hour = SignedDuration::from_secs(RUN_OUT_SECONDS);
    for (now, may) in [
        (first_ran_out + SEAT_HOLD * 2, false),
        (first_ran_out + hour - SignedDuration::from_millis(1), false),
        (first_ran_out + hour, true),
    ] {
        let desk = world.at_time(now);
        let (_, taken) = desk.holding(Actor::User(desk.customer), route, &[1], (0, 3));
        let taken = desk.execute(fair(taken, 1)).await;
        assert_eq!(taken.is_ok(), may, "{taken:?}");
        let (_, other) = desk.holding(Actor::User(desk.other), route, &[2], (0, 3));
        let other = desk.execute(fair(other, 1)).await.unwrap().into_hold();
        desk.execute(desk.releasing(other.token)).await.unwrap();
        drop(desk);
        world = world.reopened().await;
    }
    world.finish().await;
}
