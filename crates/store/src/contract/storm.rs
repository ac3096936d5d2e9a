//! A storm: random commands from many tasks on few seats, and the books in order after it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::hold::TokenHash;
use domain::identity::{Identity, IdentityNumber};
use domain::{
    Account, Actor, BlockId, Guest, HoldId, Refusal, RouteId, SeatNumber, Segment, StopIndex,
    TicketId,
};
use jiff::SignedDuration;

use super::desk::booking_of;
use super::random::Random;
use super::{Desk, Harness, World};

const SEATS: u16 = 3;
const TASKS: u64 = 8;
const COMMANDS: usize = 80;
/// A minute at most per command: no command gets near the departure.
const STEP_SECONDS_MAX: usize = 60;

/// What the tasks know of each other.
#[derive(Debug)]
struct Known {
    routes: [RouteId; 2],
    tickets: Mutex<Vec<TicketId>>,
    /// What a guest sends for each ticket's booking.
    pairs: Mutex<HashMap<TicketId, Guest>>,
    payments: Mutex<Vec<(TicketId, domain::PaymentId)>>,
    holds: Mutex<Vec<(TokenHash, HoldId)>>,
    blocks: Mutex<Vec<(RouteId, BlockId)>>,
}

/// Few, so that the same person comes up again; some have no document.
fn people() -> [Option<Identity>; 4] {
    let number = |text| Some(Identity::Turkish(IdentityNumber::parse(text).unwrap()));
    [number("10000000146"), number("12345678950"), None, None]
}

/// One random command. The rules may refuse it; the store may not fail.
async fn step(desk: &Desk, random: &mut Random, known: &Known) -> Result<(), Refusal> {
    let account = random.pick(&desk.people()).unwrap();
    let as_guest = random.below(3) == 0;
    let seat = u16::try_from(1 + random.below(SEATS.into())).unwrap();
    let ticket = random.pick(&known.tickets.lock().unwrap());
    let payment = random.pick(&known.payments.lock().unwrap());
    let act = random.below(24);
    if act >= 20 {
        return keep_seats(desk, random, known, act, (account, seat)).await;
    }
    let Some(ticket) = ticket.filter(|_| act >= 6) else {
        let from = random.below(3);
        let to = from + 1 + random.below(3 - from);
        let route = random.pick(&known.routes).unwrap();
        // Alone, or with another traveller on the best seat.
        let seats = [seat, 0];
        let seats = &seats[..1 + random.below(2)];
        let mut going = desk.going(route, seats, (from, to));
        for traveller in &mut going.travellers {
            traveller.passenger.identity = people()[random.below(4)].clone();
        }
        let group = vec![going];
        let actor = if as_guest { Actor::Anonymous } else { account.into() };
        let booked = desk.book_group(actor, group).await?;
        assert_eq!(booked.tickets.len(), seats.len(), "all there");
        let pair =
            Guest { pnr: booked.booking.pnr.clone(), phone: booked.booking.contact.phone.clone() };
        for id in booked.tickets.iter().map(|view| view.ticket.id) {
            known.pairs.lock().unwrap().insert(id, pair.clone());
            known.tickets.lock().unwrap().push(id);
        }
        return Ok(());
    };
    let actor = match known.pairs.lock().unwrap().get(&ticket) {
        Some(pair) if as_guest => Actor::Guest(pair.clone()),
        _ => Actor::User(account),
    };
    let command = match act {
        6 | 7 => desk.moving(account, ticket, seat),
        8 | 9 => desk.confirming(account, ticket),
        10 | 11 => desk.suspending(account, ticket),
        // A ticket that is not the first of its booking names none: that is refused.
        12 if random.below(2) == 0 => desk.cancelling_booking(actor, booking_of(ticket)),
        12 => desk.cancelling(actor, ticket),
        13 => desk.refunding(account, ticket),
        14 | 15 => desk.expiring(ticket),
        16 | 17 => {
            let (_, begin) = desk.beginning(actor, ticket);
            let begun = desk.execute(begin).await?.payments.remove(0);
            // Of the booking, whose first ticket has its number.
            let first = TicketId(begun.booking_id.0);
            known.payments.lock().unwrap().push((first, begun.id));
            return Ok(());
        }
        _ => match payment {
            None => return Ok(()),
            Some((ticket, payment)) if random.below(4) == 0 => desk.finishing(ticket, payment),
            Some((ticket, payment)) => desk.settling(ticket, payment, random.below(4) > 0),
        },
    };
    desk.execute(command).await.map(drop)
}

/// A hold or a block, and the end of one.
async fn keep_seats(
    desk: &Desk,
    random: &mut Random,
    known: &Known,
    act: usize,
    (actor, seat): (Account, u16),
) -> Result<(), Refusal> {
    let route = random.pick(&known.routes).unwrap();
    let from = random.below(3);
    let stops = (from, from + 1 + random.below(3 - from));
    match act {
        20 => {
            let (token, held) = desk.hold(actor, route, &[seat], stops).await?;
            known.holds.lock().unwrap().push((token, held.id));
        }
        21 => {
            let block = desk.block(actor, route, &[seat], stops).await?;
            known.blocks.lock().unwrap().push((route, block.id));
        }
        22 => {
            let Some((token, id)) = random.pick(&known.holds.lock().unwrap()) else {
                return Ok(());
            };
            let end = match random.below(3) {
                0 => desk.releasing(token),
                1 => desk.extending(token),
                _ => desk.expiring_hold(id),
            };
            desk.execute(end).await?;
        }
        _ => {
            let Some((route, id)) = random.pick(&known.blocks.lock().unwrap()) else {
                return Ok(());
            };
            desk.execute(desk.lifting(actor, route, id)).await?;
        }
    }
    Ok(())
}

async fn task(mut desk: Desk, seed: u64, known: Arc<Known>) -> usize {
    let mut random = Random::new(seed);
    let mut done = 0;
    for _ in 0..COMMANDS {
        let seconds = i64::try_from(random.below(STEP_SECONDS_MAX)).unwrap();
        desk.now += SignedDuration::from_secs(seconds);
        done += usize::from(step(&desk, &mut random, &known).await.is_ok());
    }
    done
}

/// Returns the routes that it used.
pub(super) async fn storm<H: Harness>(world: &World<H>, seed: u64) -> [RouteId; 2] {
    let routes = [world.route(SEATS).await, world.route(SEATS).await];
    let known = Arc::new(Known {
        routes,
        tickets: Mutex::default(),
        pairs: Mutex::default(),
        payments: Mutex::default(),
        holds: Mutex::default(),
        blocks: Mutex::default(),
    });
    let tasks: Vec<_> = (0..TASKS)
        .map(|number| tokio::spawn(task(world.desk(), seed * TASKS + number, Arc::clone(&known))))
        .collect();
    let mut done = 0;
    for task in tasks {
        done += task.await.unwrap();
    }
    assert!(done > COMMANDS, "a storm in which most is refused proves nothing: {done}");
    routes
}

pub async fn random_commands_from_many_tasks_leave_the_books_in_order<H: Harness>() {
    let world = World::<H>::new().await;
    for seed in 0..6 {
        storm(&world, seed).await;
    }
    world.finish().await;
}

/// A snapshot is read from the tickets; the legs behind it show only in what can be sold.
pub async fn occupied_legs_are_the_live_tickets_legs<H: Harness>() {
    let world = World::<H>::new().await;
    for route in storm(&world, 1_000).await {
        let before = world.store.seat_snapshot(route).await.unwrap().unwrap();
        for seat in 1..=SEATS {
            for leg in 0..3 {
                let stop = |index| StopIndex::new(index).unwrap();
                let segment = Segment::new(stop(leg), stop(leg + 1)).unwrap();
                let free = before.free_seats(segment).contains(&SeatNumber::new(seat).unwrap());
                let sold = world.book(world.admin, route, seat, (leg, leg + 1)).await;
                let expected = if free { Ok(()) } else { Err(Refusal::SeatTaken) };
                assert_eq!(sold.map(drop), expected, "seat {seat}, leg {leg}: {before:#?}");
            }
        }
    }
    world.finish().await;
}
