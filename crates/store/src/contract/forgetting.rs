//! Forgetting: the sale stays, the person does not.

use std::collections::BTreeSet;

use domain::command::{Forget, Whom};
use domain::{Actor, BookingId, Command, Refusal};
use jiff::SignedDuration;

use super::desk::{LEG, UNTIL_DEPARTURE};
use super::{Desk, EVERYTHING, Harness, World};
use crate::{BookingView, Envelope, TicketFilter};

/// After the last stop.
const ARRIVED: SignedDuration = SignedDuration::from_hours(14);

fn forgetting(desk: &Desk, actor: impl Into<crate::Sender>, id: BookingId, whom: Whom) -> Envelope {
    desk.by(actor, Command::Forget(Forget { booking_id: id, whom, arrived_by: None }))
}

async fn read(desk: &Desk, of: &BookingView) -> BookingView {
    desk.store.booking(of.booking.id).await.unwrap().unwrap()
}

pub async fn a_booking_that_is_over_is_forgotten_once<H: Harness>() {
    assert!(ARRIVED > UNTIL_DEPARTURE + LEG * 3);
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let going = |seats: &[u16]| vec![world.going(route, seats, (0, 3))];
    let made = world.book_group(world.customer, going(&[1, 2])).await.unwrap();
    let kept = world.book_group(world.customer, going(&[3])).await.unwrap();
    for ticket in made.tickets.iter().chain(&kept.tickets) {
        world.execute(world.confirming(world.agent, ticket.ticket.id)).await.unwrap();
    }
    let (id, all) = (made.booking.id, || Whom::Everybody);
    let open = world.execute(forgetting(&world, Actor::System, id, all())).await;
    assert_eq!(open.map(drop), Err(Refusal::BookingIsOpen), "the bus has not arrived");
    let later = world.after(ARRIVED);
    for actor in [later.agent, later.other] {
        let refused = later.execute(forgetting(&later, actor, id, all())).await;
        assert_eq!(refused.map(drop), Err(Refusal::NotYours));
    }
    // By a rule that counts days after the arrival: the bus had not arrived so many days ago.
    let by_rule = Forget { booking_id: id, whom: all(), arrived_by: Some(world.now) };
    let early = later.execute(later.by(Actor::System, Command::Forget(by_rule))).await;
    assert_eq!(early.map(drop), Err(Refusal::BookingIsOpen));
    let before = read(&later, &made).await;
    let stats = later.store.ticket_stats().await.unwrap();
    later.execute(forgetting(&later, Actor::System, id, all())).await.unwrap();
    let forgotten = read(&later, &made).await;
    assert!(forgotten.booking.contact.phone.is_forgotten());
    assert_eq!((&forgotten.booking.contact.name, &forgotten.booking.contact.email), (&None, &None));
    for (view, before) in forgotten.tickets.iter().zip(&before.tickets) {
        let (ticket, before) = (&view.ticket, &before.ticket);
        assert_eq!((ticket.passenger.name.as_str(), &ticket.passenger.identity), ("", &None));
        assert_eq!(
            (ticket.seat, ticket.price, ticket.status),
            (before.seat, before.price, before.status)
        );
    }
    assert_eq!(forgotten.payments, before.payments, "the money stays");
    assert_eq!(later.store.ticket_stats().await.unwrap(), stats, "and so do the figures");
    let again = later.after(LEG);
    again.execute(forgetting(&again, again.admin, id, all())).await.unwrap();
    assert_eq!(read(&again, &made).await, forgotten, "a second time changes nothing");
    let phone = Some(kept.booking.contact.phone.clone());
    let filter = TicketFilter { phone, ..TicketFilter::default() };
    let found = again.store.tickets(filter, EVERYTHING).await.unwrap();
    let found: BTreeSet<BookingId> = found.items.iter().map(|it| it.ticket.booking_id).collect();
    assert_eq!(found, BTreeSet::from([kept.booking.id]));
    drop((later, again));
    world.finish().await;
}

pub async fn the_passengers_of_some_tickets_are_forgotten_alone<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let made =
        world.book_group(world.agent, vec![world.going(route, &[1, 2, 3], (0, 3))]).await.unwrap();
    let later = world.after(ARRIVED);
    let whom = [0, 2].map(|at: usize| made.tickets[at].ticket.id);
    let whom = Whom::Passengers(BTreeSet::from(whom));
    later.execute(forgetting(&later, later.admin, made.booking.id, whom)).await.unwrap();
    let after = read(&later, &made).await;
    assert_eq!(after.booking.contact, made.booking.contact);
    for at in [0, 2] {
        assert_eq!(after.tickets[at].ticket.passenger.name, "");
    }
    assert_eq!(after.tickets[1].ticket, made.tickets[1].ticket);
    drop(later);
    world.finish().await;
}

pub async fn bookings_of_departures_that_are_over_are_found<H: Harness>() {
    let world = World::<H>::new().await;
    let store = &world.store;
    let (route, empty) = (world.route(10).await, world.route(10).await);
    let made =
        world.book_group(world.agent, vec![world.going(route, &[1, 2], (0, 3))]).await.unwrap();
    let none = store.over(world.now + UNTIL_DEPARTURE, None).await.unwrap();
    assert_eq!(none, crate::Over::default(), "a bus that is on its way is not over");
    let over = world.now + ARRIVED;
    let found = store.over(over, None).await.unwrap();
    assert_eq!(found.bookings, [made.booking.id]);
    let last = found.last.unwrap();
    assert!([route, empty].contains(&last.1));
    assert_eq!(store.over(over, Some(last)).await.unwrap(), crate::Over::default());
    let later = world.after(ARRIVED);
    later
        .execute(forgetting(&later, Actor::System, made.booking.id, Whom::Everybody))
        .await
        .unwrap();
    let found = store.over(over, None).await.unwrap();
    assert_eq!((found.bookings.len(), found.last), (0, Some(last)), "nobody is named any more");
    drop(later);
    world.finish().await;
}
