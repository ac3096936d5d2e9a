//! Figures over everything: popular pairs, destinations, totals.

use domain::ticket::{PaymentStatus, TicketStatus};
use domain::{Actor, BusId, Kurus, LayoutType, RouteKind};

use super::desk::{HOLD, LEG, PRICE, SEAT_HOLD, UNTIL_DEPARTURE};
use super::{Desk, Harness, World};
use crate::{
    BusStats, EXPIRED_HOLDS_MAX, ExpiredHolds, HoldsExpired, PaymentTotals, PopularPair,
    RouteStats, TicketStats,
};

pub async fn popular_pairs_count_live_tickets<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    for seat in 1..=3 {
        let ticket = world.book(world.customer, route, seat, (0, 3)).await.unwrap();
        // A cancelled ticket does not count.
        if seat == 1 {
            world.execute(world.cancelling(world.customer, ticket)).await.unwrap();
        }
    }
    world.book(world.agent, route, 4, (0, 1)).await.unwrap();
    world.book(world.agent, route, 5, (0, 1)).await.unwrap();
    world.book(world.agent, route, 4, (1, 3)).await.unwrap();
    let pair = |from_city: &str, to_city: &str, ticket_count| PopularPair {
        from_city: from_city.to_owned(),
        to_city: to_city.to_owned(),
        ticket_count,
    };
    let suspended = world.book(world.agent, route, 6, (0, 1)).await.unwrap();
    let all =
        [pair("İstanbul", "İzmit", 3), pair("İstanbul", "Ankara", 2), pair("İzmit", "Ankara", 1)];
    assert_eq!(world.store.popular_pairs(10).await.unwrap(), all);
    world.execute(world.suspending(world.agent, suspended)).await.unwrap();
    // Of two with as many tickets, by name.
    let all =
        [pair("İstanbul", "Ankara", 2), pair("İstanbul", "İzmit", 2), pair("İzmit", "Ankara", 1)];
    assert_eq!(world.store.popular_pairs(10).await.unwrap(), all);
    assert_eq!(world.store.popular_pairs(2).await.unwrap(), all[..2]);
    world.finish().await;
}

pub async fn destinations_are_future_active_and_by_name<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(10).await;
    world.route_of(world.plan(bus)).await;
    let mut journey = world.journey(bus);
    journey.to_city = "Çorum".into();
    world.route_of(journey.plan().unwrap()).await;
    let mut journey = world.journey(bus);
    journey.to_city = "Konya".into();
    journey.is_active = false;
    world.route_of(journey.plan().unwrap()).await;

    let from = |city: &'static str, now| {
        let store = &world.store;
        async move { store.destinations(city, now).await.unwrap() }
    };
    assert_eq!(from("ISTANBUL", world.now).await, ["Ankara", "Bolu", "Çorum", "İzmit"]);
    assert_eq!(from("bolu", world.now).await, ["Ankara", "Çorum"]);
    assert!(from("Ankara", world.now).await.is_empty(), "the end of the line");
    // The bus has left İstanbul, but not İzmit.
    let left = world.now + UNTIL_DEPARTURE;
    assert!(from("İstanbul", left).await.is_empty());
    assert_eq!(from("İzmit", left).await, ["Ankara", "Bolu", "Çorum"]);
    world.finish().await;
}

pub async fn route_figures_add_up<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(10).await;
    for (kind, is_active) in
        [(RouteKind::Standard, true), (RouteKind::Vip, true), (RouteKind::Vip, false)]
    {
        let mut journey = world.journey(bus);
        journey.kind = kind;
        journey.is_active = is_active;
        world.route_of(journey.plan().unwrap()).await;
    }
    let later = world.after(LEG);
    later.route_of(later.plan(bus)).await;
    drop(later);
    let figures = |upcoming| RouteStats {
        total: 4,
        active: 3,
        upcoming,
        by_kind: vec![(RouteKind::Standard, 2), (RouteKind::Vip, 2)],
    };
    assert_eq!(world.store.route_stats(world.now).await.unwrap(), figures(3));
    let left = world.now + UNTIL_DEPARTURE;
    assert_eq!(world.store.route_stats(left).await.unwrap(), figures(1));
    world.finish().await;
}

pub async fn bus_figures_add_up<H: Harness>() {
    let world = World::<H>::new().await;
    for (plate, seats, brand, layout_type) in [
        ("34 A 1", 40, Some("Setra"), LayoutType::TwoTwo),
        ("34 A 2", 30, Some("Setra"), LayoutType::TwoOne),
        ("34 A 3", 20, Some("MAN"), LayoutType::TwoOne),
        ("34 A 4", 10, None, LayoutType::TwoOne),
    ] {
        let mut details = world.bus_details(plate, seats);
        details.specs.brand = brand.map(str::to_owned);
        details.layout_type = layout_type;
        world.store.create_bus(BusId(world.id()), details, world.now).await.unwrap();
    }
    let expected = BusStats {
        total: 4,
        seats_total: 100,
        by_brand: vec![("Setra".into(), 2), ("MAN".into(), 1)],
        by_layout_type: vec![(LayoutType::TwoOne, 3), (LayoutType::TwoTwo, 1)],
    };
    assert_eq!(world.store.bus_stats().await.unwrap(), expected);
    world.finish().await;
}

pub async fn ticket_figures_add_up<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let mut tickets = Vec::new();
    for seat in 1..=5 {
        tickets.push(world.book(world.customer, route, seat, (0, 3)).await.unwrap());
    }
    world.pay(world.customer, tickets[0]).await.unwrap();
    world.pay(world.customer, tickets[1]).await.unwrap();
    world.pay(world.customer, tickets[2]).await.unwrap();
    world.execute(world.cancelling(world.customer, tickets[2])).await.unwrap();
    world.execute(world.suspending(world.agent, tickets[3])).await.unwrap();
    let sum = |count: u64| PaymentTotals {
        count,
        revenue: std::iter::repeat_n(PRICE, usize::try_from(count).unwrap()).sum::<Kurus>(),
    };
    let expected = TicketStats {
        total: 5,
        by_status: vec![
            (TicketStatus::Cancelled, 1),
            (TicketStatus::Confirmed, 2),
            (TicketStatus::Reserved, 1),
            (TicketStatus::Suspended, 1),
        ],
        by_payment_status: vec![
            (PaymentStatus::Paid, sum(2)),
            (PaymentStatus::Pending, sum(2)),
            (PaymentStatus::Refunded, sum(1)),
        ],
        holds_expired: HoldsExpired::default(),
    };
    let mut stats = world.store.ticket_stats().await.unwrap();
    stats.by_status.sort_by_key(|(status, _)| status.as_str());
    stats.by_payment_status.sort_by_key(|(status, _)| status.as_str());
    assert_eq!(stats, expected);
    world.finish().await;
}

pub async fn holds_that_ran_out_are_counted_by_account_and_departure<H: Harness>() {
    let world = World::<H>::new().await;
    let (route, other) = (world.route(40).await, world.route(40).await);
    let expire = async |desk: &Desk, ticket| {
        let late = desk.after(HOLD);
        late.execute(late.expiring(ticket)).await.unwrap()
    };
    let mut payments = Vec::new();
    for (actor, route, seats) in [
        (world.customer, route, 1..=3),
        (world.customer, other, 1..=1),
        (world.other, route, 4..=5),
    ] {
        for seat in seats {
            let ticket = world.book(actor, route, seat, (0, 3)).await.unwrap();
            payments.push((ticket, world.begin_payment(actor, ticket).await.unwrap()));
            expire(&world, ticket).await;
            // A hold ends once, and counts once.
            expire(&world, ticket).await;
        }
    }
    // Neither of these two lets a hold run out.
    let cancelled = world.book(world.other, other, 2, (0, 3)).await.unwrap();
    world.execute(world.cancelling(world.other, cancelled)).await.unwrap();
    let held = world.book(world.other, other, 3, (0, 3)).await.unwrap();
    world.pay(world.other, held).await.unwrap();

    let figures = async || world.store.ticket_stats().await.unwrap().holds_expired;
    let of = |actor: domain::Account, route_id, count| ExpiredHolds {
        user_id: actor.user_id,
        route_id,
        count,
    };
    let (customer, others) = (world.customer, world.other);
    let expected = [of(customer, route, 3), of(others, route, 2), of(customer, other, 1)];
    let found = figures().await;
    assert_eq!((found.total, found.by_customer.as_slice()), (6, &expected[..]), "the most first");
    // A payment that was under way wins its seat back: that hold was paid.
    for (ticket, payment) in [payments[0], payments[3]] {
        let late = world.after(HOLD);
        late.execute(late.settling(ticket, payment, true)).await.unwrap();
    }
    let found = figures().await;
    assert_eq!(found.total, 4);
    let mut counts: Vec<_> = found.by_customer.iter().map(|row| (row.user_id, row.count)).collect();
    counts.sort();
    assert_eq!(counts, [(customer.user_id, 2), (others.user_id, 2)]);

    // The list is bounded, and leaves out holds on buses that have arrived: they do not matter any
    // more.
    for number in 0..=EXPIRED_HOLDS_MAX {
        let later = world.after(LEG * 24);
        let route = later.route(2).await;
        let ticket = later.book(customer, route, 1, (0, 3)).await.unwrap();
        expire(&later, ticket).await;
        let found = figures().await;
        assert_eq!(found.total, 5 + number as u64);
        assert_eq!(found.by_customer.len(), (number + 1).min(EXPIRED_HOLDS_MAX));
        assert!(found.by_customer.iter().all(|row| row.count == 1), "{found:?}");
    }
    world.finish().await;
}

pub async fn seats_that_were_held_and_never_booked_are_counted<H: Harness>() {
    let world = World::<H>::new().await;
    let (route, other) = (world.route(40).await, world.route(40).await);
    let late = world.after(SEAT_HOLD);
    for (actor, route, seats) in [
        (Actor::User(world.customer), route, [1, 2].as_slice()),
        (Actor::User(world.customer), route, &[3]),
        (Actor::User(world.other), other, &[4]),
        (Actor::Anonymous, route, &[5, 6]),
    ] {
        let (_, held) = world.hold(actor, route, seats, (0, 3)).await.unwrap();
        // A hold ends once, and counts once.
        for _ in 0..2 {
            late.execute(late.expiring_hold(held.id)).await.unwrap();
        }
    }
    let (released, _) = world.hold(world.other, other, &[5], (0, 3)).await.unwrap();
    world.execute(world.releasing(released)).await.unwrap();

    let figures = async || world.store.ticket_stats().await.unwrap().holds_expired;
    let of = |actor: domain::Account, route_id, count| ExpiredHolds {
        user_id: actor.user_id,
        route_id,
        count,
    };
    let found = figures().await;
    let expected = [of(world.customer, route, 3), of(world.other, other, 1)];
    assert_eq!((found.total, found.by_customer.as_slice()), (6, &expected[..]));
    // A reserved seat that expires is added to them, and another day.
    let desk = world.after(LEG * 24);
    let other = desk.route(40).await;
    let ticket = desk.book(world.other, other, 7, (0, 3)).await.unwrap();
    let (_, held) = desk.hold(world.other, other, &[8], (0, 3)).await.unwrap();
    let later = desk.after(HOLD.max(SEAT_HOLD));
    later.execute(later.expiring(ticket)).await.unwrap();
    later.execute(later.expiring_hold(held.id)).await.unwrap();
    assert_eq!(figures().await.total, 8);
    drop((late, desk, later));
    world.finish().await;
}

pub async fn an_empty_store_has_figures_too<H: Harness>() {
    let world = World::<H>::new().await;
    let store = &world.store;
    assert!(store.popular_pairs(10).await.unwrap().is_empty());
    assert!(store.destinations("Ankara", world.now).await.unwrap().is_empty());
    assert_eq!(store.route_stats(world.now).await.unwrap().total, 0);
    assert_eq!(store.bus_stats().await.unwrap().seats_total, 0);
    assert_eq!(store.ticket_stats().await.unwrap().total, 0);
    world.finish().await;
}

pub async fn an_open_store_is_ready<H: Harness>() {
    let world = World::<H>::new().await;
    world.store.ready().await.unwrap();
    let world = world.reopened().await;
    world.store.ready().await.unwrap();
    world.finish().await;
}
