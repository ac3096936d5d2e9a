//! Booking codes are unique, and found.

use domain::{Command, Pnr, Refusal};

use super::{Harness, World};

pub async fn taken_codes_are_passed_over<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let codes = [world.pnr(), world.pnr(), world.pnr()];
    for (seat, expected) in [(1, &codes[0]), (2, &codes[1]), (3, &codes[2])] {
        let mut booking = world.booking(route, seat, (0, 3));
        booking.pnr_candidates = codes.to_vec();
        let outcome =
            world.execute(world.by(world.customer, Command::Book(booking))).await.unwrap();
        assert_eq!(outcome.ticket().ticket.pnr, *expected, "the first that is free");
    }
    world.finish().await;
}

pub async fn no_free_code_is_a_refusal<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let first = world.booking(route, 1, (0, 3));
    let taken = first.pnr_candidates.clone();
    let ticket = world
        .execute(world.by(world.customer, Command::Book(first)))
        .await
        .unwrap()
        .ticket()
        .ticket
        .id;
    // Also a cancelled ticket keeps its code: its owner still asks for it.
    world.execute(world.cancelling(world.customer, ticket)).await.unwrap();
    for candidates in [taken, Vec::new()] {
        let mut booking = world.booking(route, 2, (0, 3));
        booking.pnr_candidates = candidates;
        let refused = world.execute(world.by(world.customer, Command::Book(booking))).await;
        assert_eq!(refused.map(drop), Err(Refusal::PnrsExhausted));
    }
    world.book(world.customer, route, 2, (0, 3)).await.unwrap();
    world.finish().await;
}

pub async fn concurrent_sales_never_share_a_code<H: Harness>() {
    const SALES: u16 = 30;
    let world = World::<H>::new().await;
    let route = world.route(SALES).await;
    let codes: Vec<Pnr> = (0..SALES).map(|_| world.pnr()).collect();
    let sales: Vec<_> = (1..=SALES)
        .map(|seat| {
            let mut booking = world.booking(route, seat, (0, 3));
            booking.pnr_candidates.clone_from(&codes);
            let desk = world.desk();
            tokio::spawn(async move {
                desk.execute(desk.by(desk.customer, Command::Book(booking))).await
            })
        })
        .collect();
    for sale in sales {
        sale.await.unwrap().unwrap();
    }
    let ledger = world.finish().await;
    let mut given: Vec<_> = ledger.tickets.values().map(|ticket| ticket.pnr.clone()).collect();
    given.sort();
    let mut codes = codes;
    codes.sort();
    assert_eq!(given, codes, "every code once");
}

pub async fn a_ticket_is_found_by_its_code<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let view = world.store.ticket(ticket).await.unwrap().unwrap();
    assert_eq!(world.store.ticket_by_pnr(&view.ticket.pnr).await.unwrap(), Some(view));
    assert_eq!(world.store.ticket_by_pnr(&world.pnr()).await.unwrap(), None);
    world.finish().await;
}
