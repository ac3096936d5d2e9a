//! Commit, then answer: what was acknowledged is there after the store was closed and opened again.

use domain::{Ordinal, RoutePlace, Seq, TicketStatus};

use super::{Harness, World};

pub async fn what_was_acknowledged_is_there_again<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(40).await;
    let sales: Vec<_> = (1..=40)
        .map(|seat| {
            let desk = world.desk();
            tokio::spawn(async move {
                let ticket = desk.book(desk.customer, route, seat, (0, 3)).await.unwrap();
                match seat % 4 {
                    0 => drop(desk.pay(desk.customer, ticket).await.unwrap()),
                    1 => drop(desk.execute(desk.cancelling(desk.customer, ticket)).await.unwrap()),
                    2 => drop(desk.execute(desk.suspending(desk.agent, ticket)).await.unwrap()),
                    _ => {}
                }
                desk.store.ticket(ticket).await.unwrap().unwrap().ticket
            })
        })
        .collect();
    let mut acknowledged = Vec::new();
    for sale in sales {
        acknowledged.push(sale.await.unwrap());
    }
    let before = world.store.events(route, Ordinal::ZERO, 1_000).await.unwrap();
    let world = world.reopened().await;
    assert_eq!(world.store.events(route, Ordinal::ZERO, 1_000).await.unwrap(), before);
    let ledger = world.finish().await;
    for ticket in acknowledged {
        assert_eq!(ledger.tickets[&ticket.id], ticket);
    }
}

pub async fn numbering_goes_on_after_a_reopening<H: Harness>() {
    let mut world = World::<H>::new().await;
    let route = world.route(10).await;
    let mut last_position = 0;
    for (round, seat) in (0..3).zip(1..) {
        world.book(world.customer, route, seat, (0, 3)).await.unwrap();
        let events = world.store.events(route, Ordinal::new(round), 10).await.unwrap();
        assert_eq!(events.len(), 1);
        let next = RoutePlace { ordinal: Ordinal::new(round + 1), seq: Seq::new(round + 1) };
        assert_eq!(events[0].place(), next, "the next numbers, no hole");
        assert!(events[0].position() > last_position, "positions go on, too");
        last_position = events[0].position();
        world = world.reopened().await;
    }
    world.finish().await;
}

pub async fn the_inventory_is_there_again<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let held = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let payment = world.begin_payment(world.customer, held).await.unwrap();
    let view = world.store.route(route).await.unwrap().unwrap();
    let user = world.store.credentials("customer@example.com").await.unwrap().unwrap();
    let world = world.reopened().await;
    assert_eq!(world.store.route(route).await.unwrap(), Some(view));
    let again = world.store.credentials("customer@example.com").await.unwrap().unwrap();
    assert_eq!((again.user, again.password_hash), (user.user, user.password_hash));
    // A payment that was under way when the program died can still be settled.
    let outcome = world.execute(world.settling(held, payment, true)).await.unwrap();
    assert_eq!(outcome.ticket().ticket.status, TicketStatus::Confirmed);
    world.finish().await;
}
