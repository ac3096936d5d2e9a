//! The audit's rows: one for every change, none where nothing changed.

use std::collections::BTreeMap;

use domain::{
    Account, Actor, BookingId, Command, NeighbourTerms, Refusal, RuleCheck, StationId, TicketId,
};
use jiff::SignedDuration;

use super::audit::rows::{object, of_ticket, read, rows};
use super::desk::{answered, booking_of};
use super::{Desk, EVERYTHING, Harness, World, storm};
use crate::{AuditActor, AuditEntry, AuditFilter, Page, Sender};

/// The same as [`World::finish`] checks in every case, here under the most commands at once.
pub async fn every_change_of_a_ticket_has_exactly_one_row<H: Harness>() {
    let world = World::<H>::new().await;
    for seed in 40..43 {
        storm::storm(&world, seed).await;
    }
    let world = world.reopened().await;
    let mut actions = BTreeMap::<String, usize>::new();
    for row in rows(world.store.as_ref(), AuditFilter::default()).await {
        *actions.entry(format!("{} {}", row.subject_kind, row.action)).or_default() += 1;
    }
    for told in [
        "TICKET booked",
        "TICKET sold",
        "TICKET moved",
        "TICKET suspended",
        "TICKET refunded",
        "BOOKING created",
        "HOLD held",
    ] {
        assert!(actions.contains_key(told), "{told}: {actions:#?}");
    }
    let ledger = world.finish().await;
    assert!(ledger.tickets.len() > 20);
}

/// No row for a refusal, and none for a change to what is so already.
pub async fn what_changes_nothing_leaves_no_row<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(3).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let store = world.store.as_ref();
    let before = rows(store, AuditFilter::default()).await;
    let taken = world.book(world.other, route, 1, (0, 3)).await;
    assert_eq!(taken.map(drop), Err(Refusal::SeatTaken));
    let foreign = world.execute(world.cancelling(world.other, ticket)).await;
    assert_eq!(foreign.map(drop), Err(Refusal::NotYours));
    world.execute(world.expiring(ticket)).await.unwrap();
    let bus = store.route(route).await.unwrap().unwrap().bus.id;
    assert_eq!(answered(store.delete_bus(bus, world.now).await), Err(Refusal::BusHasRoutes));
    store.revoke_bus_token(bus, world.now).await.unwrap();
    let nobody = StationId(world.id());
    let unknown = store.delete_station(nobody, world.now).await;
    assert_eq!(answered(unknown), Err(Refusal::StationNotFound));
    assert_eq!(rows(store, AuditFilter::default()).await, before);
    world.finish().await;
}

pub(super) fn last(mut rows: Vec<AuditEntry>) -> AuditEntry {
    rows.pop().unwrap()
}

async fn last_of(world: &Desk, ticket: TicketId) -> AuditEntry {
    last(rows(world.store.as_ref(), of_ticket(ticket)).await)
}

/// Who, when, under which request; who insisted; and for personal values the field's name alone.
pub async fn a_row_says_who_did_what_and_names_what_is_personal<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(3).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let amend = domain::command::Amend {
        ticket_id: ticket,
        seat_number: None,
        gender: None,
        phone: None,
        passenger_name: Some("Somebody Else".to_owned()),
        unchanged: Default::default(),
    };
    let mut later = world.after(SignedDuration::from_secs(7));
    let sender = Sender { request_id: Some("r1".to_owned()), ..Sender::from(world.agent) };
    let mut envelope = later.by(sender, Command::Amend(amend));
    envelope.neighbours =
        NeighbourTerms { check: RuleCheck::OverriddenByStaff, ..envelope.neighbours };
    world.execute(envelope).await.unwrap();
    let row = last_of(&world, ticket).await;
    let Account { user_id, role } = world.agent;
    assert_eq!(row.actor, AuditActor::User(user_id, role));
    assert_eq!((row.at, row.request_id.as_deref()), (later.now, Some("r1")));
    assert_eq!((row.action.as_str(), row.subject_kind.as_str()), ("changed", "TICKET"));
    let after = object(row.after.as_deref()).unwrap();
    assert_eq!(after["passengerName"], "***");
    assert_eq!(after["ignoreNeighbourRule"], true);
    assert_eq!(object(row.before.as_deref()).unwrap()["passengerName"], "***");
    for row in rows(world.store.as_ref(), AuditFilter::default()).await {
        let text = format!("{row:?}");
        for personal in ["Somebody", "Ayşe", "Yılmaz", "5321234567", "@", "10000000146"] {
            assert!(!text.contains(personal), "{personal} in {text}");
        }
    }
    // As all requests are numbered, and as none is.
    let made = "0190f3b1d8a87cc28d1b6f4a52e0c9aa";
    for request in [made.to_owned(), made.to_uppercase(), "unknown".to_owned()] {
        let sender = Sender { request_id: Some(request.clone()), ..Sender::from(world.agent) };
        let to = if request == made { 2 } else { 3 };
        later.now += SignedDuration::from_secs(1);
        let mut moving = later.moving(world.agent, ticket, to);
        moving.sender = sender;
        world.execute(moving).await.unwrap();
        assert_eq!(last_of(&world, ticket).await.request_id, Some(request));
    }
    drop(later);
    world.finish().await;
}

/// What the program does by itself, and what it finishes for a caller.
pub async fn a_payment_is_its_payers_and_an_expiry_nobodys<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(3).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let payment = world.begin_payment(world.customer, ticket).await.unwrap();
    let mut settle = world.settling(ticket, payment, true);
    settle.sender.behalf = Some(Actor::from(world.customer));
    world.execute(settle).await.unwrap();
    let row = last_of(&world, ticket).await;
    assert_eq!(row.action, "paid");
    assert_eq!(row.actor.user_id(), Some(world.customer.user_id));
    let left = world.book(world.customer, route, 2, (0, 3)).await.unwrap();
    let late = world.after(super::desk::HOLD);
    late.execute(late.expiring(left)).await.unwrap();
    let row = last_of(&world, left).await;
    assert_eq!((row.action.as_str(), row.actor), ("expired", AuditActor::System));
    drop(late);
    world.finish().await;
}

pub async fn every_filter_narrows_the_trail<H: Harness>() {
    let world = World::<H>::new().await;
    let (one, other) = (world.route(9).await, world.route(9).await);
    let mut made = Vec::new();
    for seat in 1..=9 {
        let (route, actor) =
            if seat % 2 == 0 { (one, world.customer) } else { (other, world.agent) };
        let desk = world.after(SignedDuration::from_secs(seat.into()));
        made.push(desk.book(actor, route, seat, (0, 3)).await.unwrap());
    }
    let store = world.store.as_ref();
    let all = read(store, AuditFilter::default(), EVERYTHING).await.items;
    let mut newest_first = all.clone();
    newest_first.sort_by_key(|row| std::cmp::Reverse(row.at));
    assert_eq!(all, newest_first);
    let (third, agent) = (made[2], world.agent.user_id);
    let at = |seconds| Some(world.now + SignedDuration::from_secs(seconds));
    let some = AuditFilter::default;
    type Is<'a> = &'a dyn Fn(&AuditEntry) -> bool;
    let cases: [(AuditFilter, Is<'_>, usize); 9] = [
        (of_ticket(third), &|row| row.ticket_id == Some(third), 1),
        (
            AuditFilter { booking_id: Some(booking_of(third)), ..some() },
            &|row| row.booking_id == Some(booking_of(third)),
            2,
        ),
        (AuditFilter { route_id: Some(one), ..some() }, &|row| row.route_id == Some(one), 5),
        (
            AuditFilter { actor_id: Some(agent), ..some() },
            &|row| row.actor.user_id() == Some(agent),
            10,
        ),
        (
            AuditFilter { from: at(3), to: at(6), ..some() },
            &|row| Some(row.at) >= at(3) && Some(row.at) < at(6),
            6,
        ),
        (
            AuditFilter { route_id: Some(other), actor_id: Some(agent), to: at(4), ..some() },
            &|row| {
                row.route_id == Some(other)
                    && row.actor.user_id() == Some(agent)
                    && Some(row.at) < at(4)
            },
            2,
        ),
        (
            AuditFilter { booking_id: Some(booking_of(third)), ..of_ticket(third) },
            &|row| row.ticket_id == Some(third),
            1,
        ),
        (AuditFilter { booking_id: Some(booking_of(made[1])), ..of_ticket(third) }, &|_| false, 0),
        (of_ticket(TicketId(world.id())), &|_| false, 0),
    ];
    for (filter, is_meant, count) in cases {
        let found = read(store, filter.clone(), EVERYTHING).await;
        let meant: Vec<_> = all.iter().filter(|row| is_meant(row)).cloned().collect();
        assert_eq!(found.items, meant, "{filter:?}");
        assert_eq!((found.total, meant.len()), (count as u64, count), "{filter:?}");
        // The same, a piece at a time.
        let mut pieces = Vec::new();
        for offset in 0..=count as u64 {
            let page = Page { offset, limit: 1 };
            pieces.extend(read(store, filter.clone(), page).await.items);
        }
        assert_eq!(pieces, meant, "{filter:?}");
    }
    world.finish().await;
}

pub async fn each_booking_has_a_history_of_its_own<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(9).await;
    let mut made = Vec::new();
    for seat in 1..=3 {
        made.push(world.book(world.customer, route, seat, (0, 3)).await.unwrap());
    }
    let later = world.after(SignedDuration::from_secs(1));
    later.execute(later.cancelling(world.customer, made[1])).await.unwrap();
    drop(later);
    let store = world.store.as_ref();
    let unknown = BookingId::from(world.id());
    let asked = [booking_of(made[1]), unknown, booking_of(made[0])];
    let mut alone = Vec::new();
    for booking_id in asked {
        let filter = AuditFilter { booking_id: Some(booking_id), ..AuditFilter::default() };
        alone.push(read(store, filter, EVERYTHING).await.items);
    }
    let lengths: Vec<_> = alone.iter().map(Vec::len).collect();
    assert_eq!(lengths, [3, 0, 2]);
    let together = store.histories(asked.to_vec(), 9).await.unwrap();
    assert_eq!(together, alone);
    let newest = store.histories(asked.to_vec(), 1).await.unwrap();
    alone.iter_mut().for_each(|rows| rows.truncate(1));
    assert_eq!(newest, alone, "of each");
    world.finish().await;
}
