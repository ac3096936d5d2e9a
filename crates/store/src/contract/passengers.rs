//! One person, known by a document, has one seat on a part of the way: found among all that is
//! stored, and decided where seats are sold.

use domain::identity::{CountryCode, Identity, IdentityNumber, Passport, PassportNumber};
use domain::{
    Account, Actor, Command, PaymentState, PaymentStatus, Refusal, RouteId, SeatNumber, TicketId,
    TicketStatus,
};

use super::desk::HOLD;
use super::{Desk, Harness, World};

/// Buyers of seats for two people.
const BUYERS: u16 = 40;

fn number(text: &str) -> Identity {
    Identity::Turkish(IdentityNumber::parse(text).unwrap())
}

fn passport(country: &str) -> Identity {
    let number = PassportNumber::parse("U12345678").unwrap();
    Identity::Passport(Passport { number, country: CountryCode::parse(country).unwrap() })
}

/// Those of the cases: an identity number, and a passport of the same number as another country's.
fn documents() -> [Identity; 2] {
    [number("10000000146"), passport("DE")]
}

/// Books with a document, in any spelling of it.
async fn book(
    desk: &Desk,
    actor: impl Into<Actor>,
    (route, seat): (RouteId, u16),
    stops: (usize, usize),
    document: &Identity,
) -> Result<TicketId, Refusal> {
    let mut booking = desk.booking(route, seat, stops);
    booking.journeys[0].travellers[0].passenger.identity = Some(document.clone());
    let answer = desk.execute(desk.by(actor.into(), Command::Book(booking))).await?;
    Ok(answer.ticket().ticket.id)
}

fn refused(seat: u16) -> Result<TicketId, Refusal> {
    Err(Refusal::PassengerAlreadyBooked { seat: SeatNumber::new(seat).unwrap() })
}

pub async fn a_person_has_one_seat_on_a_part_of_the_way<H: Harness>() {
    let mut world = World::<H>::new().await;
    for document in documents() {
        let route = world.route(12).await;
        let (customer, other, agent) = (world.customer, world.other, world.agent);
        let first = book(&world, customer, (route, 1), (1, 3), &document).await.unwrap();
        for (actor, seat) in [(Actor::from(customer), 2), (other.into(), 3), (Actor::Anonymous, 4)]
        {
            for stops in [(0, 3), (0, 2), (2, 3)] {
                let again = book(&world, actor.clone(), (route, seat), stops, &document).await;
                assert_eq!(again, refused(seat), "{stops:?}");
            }
        }
        let taken = book(&world, other, (route, 1), (0, 3), &document).await;
        assert_eq!(taken, Err(Refusal::SeatTaken), "a seat that has gone is refused for that");
        book(&world, other, (route, 5), (0, 1), &document).await.unwrap();
        let elsewhere = world.route(12).await;
        book(&world, other, (elsewhere, 2), (0, 3), &document).await.unwrap();
        book(&world, other, (route, 6), (0, 3), &passport("AT")).await.unwrap();
        world = world.reopened().await;
        assert_eq!(book(&world, other, (route, 2), (0, 3), &document).await, refused(2));
        world.execute(world.cancelling(customer, first)).await.unwrap();
        let again = book(&world, other, (route, 2), (1, 3), &document).await.unwrap();
        let late = world.after(HOLD);
        late.execute(late.expiring(again)).await.unwrap();
        book(&late, customer, (route, 3), (1, 3), &document).await.unwrap();
        drop(late);
        // Staff are not bound; what they sell binds the others.
        book(&world, agent, (route, 7), (0, 3), &document).await.unwrap();
        assert_eq!(book(&world, other, (route, 8), (2, 3), &document).await, refused(8));
    }
    world.finish().await;
}

pub async fn a_booking_seats_nobody_twice<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(12).await;
    let twice = |actor: Account| {
        let mut journey = world.going(route, &[1, 2], (0, 3));
        for traveller in &mut journey.travellers {
            traveller.passenger.identity = Some(passport("DE"));
        }
        world.by(actor, Command::Book(world.group(vec![journey])))
    };
    let booked = world.execute(twice(world.customer)).await.map(drop);
    assert_eq!(booked, refused(1).map(drop));
    assert!(world.seat_events(route).await.is_empty(), "no half of it");
    world.execute(twice(world.agent)).await.unwrap();
    world.finish().await;
}

pub async fn a_ticket_takes_its_seat_again_if_its_passenger_has_none<H: Harness>() {
    let world = World::<H>::new().await;
    let [document, _] = documents();
    let route = world.route(12).await;
    // Suspended: it holds no seat meanwhile.
    let first = book(&world, world.customer, (route, 1), (0, 3), &document).await.unwrap();
    world.pay(world.customer, first).await.unwrap();
    world.execute(world.suspending(world.agent, first)).await.unwrap();
    let second = book(&world, world.other, (route, 2), (0, 3), &document).await.unwrap();
    let confirmed = world.execute(world.confirming(world.customer, first)).await;
    assert_eq!(confirmed.map(|_| first), refused(1));
    world.execute(world.cancelling(world.other, second)).await.unwrap();
    world.execute(world.confirming(world.customer, first)).await.unwrap();
    world.execute(world.cancelling(world.customer, first)).await.unwrap();

    // The reservation runs out while it is being paid: the money comes too late for a second seat,
    // and goes back.
    let late = book(&world, world.customer, (route, 3), (0, 3), &document).await.unwrap();
    let payment = world.begin_payment(world.customer, late).await.unwrap();
    let after = world.after(HOLD);
    after.execute(after.expiring(late)).await.unwrap();
    book(&after, after.other, (route, 4), (2, 3), &document).await.unwrap();
    after.execute(after.settling(late, payment, true)).await.unwrap();
    let ticket = after.store.ticket(late).await.unwrap().unwrap().ticket;
    let stands = (ticket.status, ticket.payment_status);
    assert_eq!(stands, (TicketStatus::Cancelled, PaymentStatus::Pending));
    let payments = after.store.ticket_payments(late).await.unwrap();
    assert_eq!(payments[0].state(), PaymentState::Refunding);
    drop(after);
    world.finish().await;
}

/// Many at once, in groups of any size: each person gets one seat.
pub async fn of_those_who_race_for_a_person_one_wins<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(BUYERS).await;
    let buyers = (1..=BUYERS).map(|seat| {
        let desk = world.desk();
        tokio::spawn(async move {
            let actor = if seat % 3 == 0 { desk.other } else { desk.customer };
            let document = &documents()[usize::from(seat % 2)];
            book(&desk, actor, (route, seat), (0, 3), document).await
        })
    });
    let mut sold = Vec::new();
    for (seat, buyer) in (1..).zip(buyers.collect::<Vec<_>>()) {
        match buyer.await.unwrap() {
            Ok(_) => sold.push(seat % 2),
            no => assert_eq!(no, refused(seat)),
        }
    }
    sold.sort_unstable();
    assert_eq!(sold, [0, 1], "one seat for each of the two");
    world.finish().await;
}
