//! Tickets, read: with what belongs to them, filtered, in pages.

use domain::calendar::TimeRange;
use domain::passenger::{Identity, IdentityNumber, Phone};
use domain::ticket::{Gender, PaymentStatus, TicketStatus};
use domain::{CityKey, Command, TicketId};
use jiff::SignedDuration;

use super::desk::{LEG, UNTIL_DEPARTURE};
use super::{EVERYTHING, Harness, World};
use crate::{Page, TicketFilter, UserBrief};

pub async fn a_ticket_shows_its_people_and_route<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let own = world.book(world.customer, route, 1, (1, 3)).await.unwrap();
    let sold = world.book(world.agent, route, 2, (0, 3)).await.unwrap();
    let own = world.store.ticket(own).await.unwrap().unwrap();
    let sold = world.store.ticket(sold).await.unwrap().unwrap();
    let brief = |email: &str, id| UserBrief {
        id,
        email: email.to_owned(),
        first_name: "Ayşe".to_owned(),
        last_name: "Yılmaz".to_owned(),
    };
    assert_eq!(own.user, Some(brief("customer@example.com", world.customer.user_id)));
    assert_eq!(own.issued_by, own.user, "whoever books for themselves issues it");
    assert_eq!(sold.user, None);
    assert_eq!(sold.issued_by, Some(brief("agent@example.com", world.agent.user_id)));
    assert_eq!((own.ticket.from_city.as_str(), own.ticket.to_city.as_str()), ("İzmit", "Ankara"));
    assert_eq!(Some(own.route), world.store.route(route).await.unwrap());
    world.finish().await;
}

pub async fn an_outcome_is_what_is_read_after_it<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let booking = world.booking(route, 1, (1, 3));
    let booked = world
        .execute(world.by(world.customer, Command::Book(booking)))
        .await
        .unwrap()
        .into_ticket();
    let id = booked.ticket.id;
    assert_eq!(world.store.ticket(id).await.unwrap(), Some(booked));
    let moved = world.move_to(world.agent, id, 2).await.unwrap().into_ticket();
    assert_eq!(moved.ticket.changed_by_id, Some(world.agent.user_id));
    assert_eq!(world.store.ticket(id).await.unwrap(), Some(moved));
    let cancelled =
        world.execute(world.cancelling(world.customer, id)).await.unwrap().into_ticket();
    assert_eq!(world.store.ticket(id).await.unwrap(), Some(cancelled));
    world.finish().await;
}

pub async fn every_filter_narrows_the_list<H: Harness>() {
    let world = World::<H>::new().await;
    let (route, other_route) = (world.route(10).await, world.route(10).await);
    let identity = IdentityNumber::parse("10000000146").unwrap();
    let phone = Phone::parse("5559998877").unwrap();

    let mut booking = world.booking(route, 1, (0, 3));
    booking.contact.phone = phone.clone();
    let traveller = &mut booking.journeys[0].travellers[0];
    traveller.passenger.gender = Gender::Male;
    traveller.passenger.identity = Some(Identity::Turkish(identity.clone()));
    let (special, pnr) = (traveller.ticket_id, booking.pnr_candidates[0].clone());
    world.execute(world.by(world.customer, Command::Book(booking))).await.unwrap();
    let sold = world.book(world.agent, route, 2, (1, 3)).await.unwrap();
    let others = world.book(world.other, other_route, 1, (0, 2)).await.unwrap();
    let suspended = world.book(world.other, other_route, 2, (2, 3)).await.unwrap();
    world.execute(world.suspending(world.admin, suspended)).await.unwrap();

    let departure = world.now + UNTIL_DEPARTURE;
    let second_hour = TimeRange { start: departure + LEG, end: departure + LEG * 2 };
    let all = TicketFilter::default;
    let key = |name| Some(CityKey::new(name));
    let cases: [(&str, TicketFilter, &[TicketId]); 21] = [
        ("all", all(), &[special, sold, others, suspended]),
        ("status", TicketFilter { status: Some(TicketStatus::Suspended), ..all() }, &[suspended]),
        ("paid", TicketFilter { payment_status: Some(PaymentStatus::Paid), ..all() }, &[sold]),
        ("route", TicketFilter { route_id: Some(route), ..all() }, &[special, sold]),
        ("user", TicketFilter { user_id: Some(world.customer.user_id), ..all() }, &[special]),
        ("issuer", TicketFilter { issued_by_id: Some(world.agent.user_id), ..all() }, &[sold]),
        ("code", TicketFilter { pnr: Some(pnr.clone()), ..all() }, &[special]),
        ("phone", TicketFilter { phone: Some(phone.clone()), ..all() }, &[special]),
        ("identity", TicketFilter { identity_number: Some(identity), ..all() }, &[special]),
        ("gender", TicketFilter { gender: Some(Gender::Male), ..all() }, &[special]),
        ("from", TicketFilter { from_city: key("IZMIT"), ..all() }, &[sold]),
        ("to", TicketFilter { to_city: key("ankara"), ..all() }, &[special, sold, suspended]),
        ("departure", TicketFilter { departs: Some(second_hour), ..all() }, &[sold]),
        (
            "two facets",
            TicketFilter {
                status: Some(TicketStatus::Reserved),
                gender: Some(Gender::Female),
                ..all()
            },
            &[others],
        ),
        (
            "both cities",
            TicketFilter { from_city: key("izmit"), to_city: key("ANKARA"), ..all() },
            &[sold],
        ),
        (
            "cities and departure",
            TicketFilter { to_city: key("Ankara"), departs: Some(second_hour), ..all() },
            &[sold],
        ),
        (
            "a city, a day and a phone",
            TicketFilter {
                from_city: key("İstanbul"),
                departs: Some(TimeRange { start: departure, end: departure + LEG }),
                phone: Some(Phone::parse("5321234567").unwrap()),
                ..all()
            },
            &[others],
        ),
        (
            "a phone and a city",
            TicketFilter { phone: Some(phone.clone()), to_city: key("Ankara"), ..all() },
            &[special],
        ),
        (
            "an issuer and a user",
            TicketFilter {
                issued_by_id: Some(world.agent.user_id),
                user_id: Some(world.customer.user_id),
                ..all()
            },
            &[],
        ),
        (
            "a code that has another status",
            TicketFilter { pnr: Some(pnr.clone()), status: Some(TicketStatus::Cancelled), ..all() },
            &[],
        ),
        (
            "two at once",
            TicketFilter { route_id: Some(other_route), gender: Some(Gender::Male), ..all() },
            &[],
        ),
    ];
    for (name, filter, expected) in cases {
        let found = world.store.tickets(filter, EVERYTHING).await.unwrap();
        let mut ids: Vec<TicketId> = found.items.iter().map(|view| view.ticket.id).collect();
        let mut expected = expected.to_vec();
        ids.sort();
        expected.sort();
        assert_eq!(ids, expected, "{name}");
        assert_eq!(found.total, expected.len() as u64, "{name}");
    }
    world.finish().await;
}

pub async fn lists_page_newest_first<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let mut newest_first = Vec::new();
    for seat in 1..=7_u16 {
        let desk = world.after(SignedDuration::from_secs(seat.into()));
        newest_first.insert(0, desk.book(desk.customer, route, seat, (0, 3)).await.unwrap());
    }
    let mut read = Vec::new();
    for offset in [0, 3, 6, 9] {
        let page = Page { offset, limit: 3 };
        let page = world.store.tickets(TicketFilter::default(), page).await.unwrap();
        assert_eq!(page.total, 7, "the whole list's length, on every page");
        read.extend(page.items.into_iter().map(|view| view.ticket.id));
    }
    assert_eq!(read, newest_first);
    world.finish().await;
}

pub async fn a_ticket_id_is_used_once<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let before = world.store.ticket(ticket).await.unwrap();
    let mut again = world.booking(route, 2, (0, 3));
    again.journeys[0].travellers[0].ticket_id = ticket;
    let result = world.store.execute(world.by(world.other, Command::Book(again))).await;
    assert!(result.is_err(), "a booking never writes over somebody's ticket");
    assert_eq!(world.store.ticket(ticket).await.unwrap(), before);
    world.book(world.other, route, 2, (0, 3)).await.unwrap();
    world.finish().await;
}

pub async fn an_unknown_ticket_is_not_found<H: Harness>() {
    let world = World::<H>::new().await;
    let unknown = TicketId(world.id());
    assert_eq!(world.store.ticket(unknown).await.unwrap(), None);
    assert!(world.store.ticket_payments(unknown).await.unwrap().is_empty());
    for command in [
        world.moving(world.admin, unknown, 1),
        world.cancelling(world.admin, unknown),
        world.expiring(unknown),
        world.beginning(world.admin, unknown).1,
    ] {
        let result = world.execute(command).await;
        assert_eq!(result.map(drop), Err(domain::Refusal::TicketNotFound));
    }
    world.finish().await;
}
