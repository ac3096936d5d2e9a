//! The neighbour rule: who sits beside whom is known to every decision, also after the store is
//! opened again.

use domain::command::{Amend, Unchanged};
use domain::{
    Account, Command, Gender, NeighbourRule, NeighbourTerms, PaymentState, PaymentStatus, Refusal,
    RouteId, RoutePlan, RuleCheck, SeatGrid, SeatNumber, TicketId, TicketStatus,
};

use super::desk::HOLD;
use super::random::Random;
use super::{Desk, Harness, World};

/// A route where strangers of one gender sit side by side; seats 1 and 2 are beside each other.
async fn ruled_route(desk: &Desk, seat_count: u16) -> RouteId {
    let bus_id = desk.bus(seat_count).await;
    let neighbour_rule = Some(NeighbourRule::SameGender);
    desk.route_of(RoutePlan { neighbour_rule, ..desk.plan(bus_id) }).await
}

async fn book(
    desk: &Desk,
    actor: Account,
    route: RouteId,
    seat: u16,
    gender: Gender,
) -> Result<TicketId, Refusal> {
    let mut booking = desk.booking(route, seat, (0, 3));
    booking.journeys[0].travellers[0].passenger.gender = gender;
    let answer = desk.execute(desk.by(actor, Command::Book(booking))).await?;
    Ok(answer.ticket().ticket.id)
}

#[track_caller]
fn refused_beside(result: Result<TicketId, Refusal>) -> Vec<u16> {
    let Err(Refusal::NeighbourRule { seats_that_would_do, .. }) = result else {
        panic!("not refused for its neighbour: {result:?}")
    };
    seats_that_would_do.into_iter().map(SeatNumber::get).collect()
}

pub async fn who_sits_beside_a_seat_is_known_again<H: Harness>() {
    let world = World::<H>::new().await;
    let route = ruled_route(&world, 6).await;
    let hers = book(&world, world.customer, route, 1, Gender::Female).await.unwrap();
    let result = book(&world, world.other, route, 2, Gender::Male).await;
    assert_eq!(refused_beside(result), [3, 4, 5, 6], "within the same process");
    let world = world.reopened().await;
    let result = book(&world, world.other, route, 2, Gender::Male).await;
    assert_eq!(refused_beside(result), [3, 4, 5, 6], "and in the next one");
    world.execute(world.cancelling(world.customer, hers)).await.unwrap();
    book(&world, world.other, route, 2, Gender::Male).await.unwrap();
    assert_eq!(
        refused_beside(book(&world, world.agent, route, 1, Gender::Female).await),
        [3, 4, 5, 6]
    );
    world.finish().await;
}

pub async fn of_those_who_race_no_two_strangers_sit_wrongly<H: Harness>() {
    let world = World::<H>::new().await;
    let route = ruled_route(&world, 40).await;
    let mut random = Random::new(7);
    let tasks: Vec<_> = (0..400)
        .map(|_| {
            let seat = u16::try_from(random.below(40) + 1).unwrap();
            let gender = [Gender::Male, Gender::Female][random.below(2)];
            let (changes, desk) = (random.below(4) == 0, world.desk());
            tokio::spawn(async move {
                let Ok(ticket_id) = book(&desk, desk.customer, route, seat, gender).await else {
                    return;
                };
                if changes {
                    let other = if gender == Gender::Male { Gender::Female } else { Gender::Male };
                    let amend = Amend {
                        ticket_id,
                        seat_number: None,
                        gender: Some(other),
                        phone: None,
                        passenger_name: None,
                        unchanged: Unchanged::default(),
                    };
                    let _ = desk.execute(desk.by(desk.customer, Command::Amend(amend))).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let map = world.store.seat_snapshot(route).await.unwrap().unwrap();
    let gender_on = |seat| map.taken.iter().find(|taken| taken.seat == seat)?.gender;
    let grid = SeatGrid::of(&map.bus.details.layout);
    let mut pairs = 0;
    for at in (0..grid.len()).filter(|at| grid.is_beside_previous(*at)) {
        let [left, right] = [at - 1, at].map(|at| gender_on(grid.places()[at].seat));
        assert!(left.is_none() || right.is_none() || left == right, "{left:?} beside {right:?}");
        pairs += usize::from(left.is_some() && left == right);
    }
    assert!(pairs > 0, "somebody sits beside somebody");
    world.finish().await;
}

pub async fn a_late_payment_wins_no_seat_beside_a_stranger<H: Harness>() {
    let world = World::<H>::new().await;
    let route = ruled_route(&world, 6).await;
    let hers = book(&world, world.customer, route, 1, Gender::Female).await.unwrap();
    let payment = world.begin_payment(world.customer, hers).await.unwrap();
    let late = world.after(HOLD);
    late.execute(late.expiring(hers)).await.unwrap();
    book(&late, late.other, route, 2, Gender::Male).await.unwrap();
    late.execute(late.settling(hers, payment, true)).await.unwrap();
    let ticket = late.store.ticket(hers).await.unwrap().unwrap().ticket;
    assert_eq!(
        (ticket.status, ticket.payment_status),
        (TicketStatus::Cancelled, PaymentStatus::Pending)
    );
    let payments = late.store.ticket_payments(hers).await.unwrap();
    assert_eq!(payments[0].state(), PaymentState::Refunding);
    drop(late);
    world.finish().await;
}

pub async fn a_hold_becomes_no_seat_beside_a_stranger<H: Harness>() {
    let world = World::<H>::new().await;
    let route = ruled_route(&world, 6).await;
    book(&world, world.customer, route, 1, Gender::Female).await.unwrap();
    let (token, _) = world.hold(world.other, route, &[2, 5], (0, 3)).await.unwrap();
    let with_hold = async |seats: &[u16], genders: &[Gender]| {
        let mut going = world.going(route, seats, (0, 3));
        going.hold = Some(token);
        for (traveller, gender) in going.travellers.iter_mut().zip(genders) {
            traveller.passenger.gender = *gender;
        }
        world.book_group(world.other, vec![going]).await
    };
    let refused = with_hold(&[2], &[Gender::Male]).await.map(|view| view.tickets[0].ticket.id);
    assert_eq!(refused_beside(refused), [3, 4, 5, 6], "the hold's own other seat would do, too");
    // A traveller who names no seat gets the seat of the hold that the rule allows.
    let booked = with_hold(&[0, 0], &[Gender::Male, Gender::Female]).await.unwrap();
    let seats: Vec<_> = booked.tickets.iter().map(|view| view.ticket.seat.get()).collect();
    assert_eq!(seats, [5, 2]);
    world.finish().await;
}

pub async fn who_exceeds_their_hold_sits_beside_it<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(12).await;
    let (token, _) = world.hold(world.other, route, &[11], (0, 3)).await.unwrap();
    let mut going = world.going(route, &[11, 0], (0, 3));
    going.hold = Some(token);
    let booked = world.book_group(world.other, vec![going]).await.unwrap();
    let seats: Vec<_> = booked.tickets.iter().map(|view| view.ticket.seat.get()).collect();
    assert_eq!(seats, [11, 10], "together");
    world.finish().await;
}

pub async fn the_houses_rule_holds_where_a_route_has_none<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(6).await;
    let house = NeighbourTerms { house: NeighbourRule::SameGender, check: RuleCheck::Enforced };
    let booking = |seat, gender, actor, neighbours| {
        let mut booking = world.booking(route, seat, (0, 3));
        booking.journeys[0].travellers[0].passenger.gender = gender;
        let mut envelope = world.by(actor, Command::Book(booking));
        envelope.neighbours = neighbours;
        envelope
    };
    let book = async |seat, gender, actor, neighbours| {
        let answer = world.execute(booking(seat, gender, actor, neighbours)).await?;
        Ok::<_, Refusal>(answer.ticket().ticket.id)
    };
    book(1, Gender::Female, world.customer, house).await.unwrap();
    refused_beside(book(2, Gender::Male, world.agent, house).await);
    let overridden = NeighbourTerms { check: RuleCheck::OverriddenByStaff, ..house };
    let refused = book(2, Gender::Male, world.customer, overridden).await;
    assert!(matches!(refused, Err(Refusal::RoleRequired { .. })), "{refused:?}");
    book(2, Gender::Male, world.agent, overridden).await.unwrap();
    world.finish().await;
}
