//! A hold ends once: which holds are due, when the next one is, and many sweeps at the same time.

use domain::{EventKind, Seq, TicketStatus};
use jiff::SignedDuration;

use super::desk::HOLD;
use super::{Harness, World};
use crate::LiveHolds;

pub async fn due_holds_come_longest_ago_first<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let minute = SignedDuration::from_mins(1);
    let mut tickets = Vec::new();
    for (seat, minutes) in [(1, 2), (2, 0), (3, 1)] {
        let desk = world.after(minute * minutes);
        tickets.push(desk.book(desk.customer, route, seat, (0, 3)).await.unwrap());
    }
    world.book(world.agent, route, 4, (0, 3)).await.unwrap();
    let due = |desk: super::Desk, limit| async move {
        desk.store.due_holds(desk.now, limit).await.unwrap()
    };
    let just_before = HOLD - SignedDuration::from_millis(1);
    assert!(due(world.after(just_before), 10).await.is_empty());
    assert_eq!(due(world.after(HOLD), 10).await, [tickets[1]]);
    let all = [tickets[1], tickets[2], tickets[0]];
    assert_eq!(due(world.after(HOLD + minute * 2), 10).await, all);
    assert_eq!(due(world.after(HOLD + minute * 2), 2).await, all[..2]);
    world.finish().await;
}

pub async fn the_next_hold_end_moves_with_the_holds<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let next = || async { world.store.next_hold_end().await.unwrap() };
    let live = || async { world.store.live_holds().await.unwrap() };
    assert_eq!(next().await, None);
    world.book(world.agent, route, 1, (0, 3)).await.unwrap();
    assert_eq!(next().await, None, "a sale is no hold");
    let first = world.book(world.customer, route, 2, (0, 3)).await.unwrap();
    let later = world.after(SignedDuration::from_mins(1));
    let second = later.book(later.customer, route, 3, (0, 3)).await.unwrap();
    assert_eq!(next().await, Some(world.now + HOLD));
    assert_eq!(live().await, LiveHolds { reservations: 2, seat_holds: 0 });
    world.pay(world.customer, first).await.unwrap();
    assert_eq!(next().await, Some(later.now + HOLD));
    later.execute(later.suspending(later.agent, second)).await.unwrap();
    assert_eq!(next().await, None);
    assert_eq!(live().await, LiveHolds::default());
    drop(later);
    world.finish().await;
}

pub async fn an_early_or_repeated_expiry_changes_nothing<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let early = world.execute(world.expiring(ticket)).await.unwrap();
    assert_eq!((early.changed, early.ticket().ticket.status), (false, TicketStatus::Reserved));
    let late = world.after(HOLD);
    let ended = late.execute(late.expiring(ticket)).await.unwrap();
    assert_eq!((ended.changed, ended.ticket().ticket.status), (true, TicketStatus::Cancelled));
    assert!(!late.execute(late.expiring(ticket)).await.unwrap().changed);
    assert_eq!(world.store.head(route).await.unwrap().unwrap().seq, Seq::new(3));
    assert!(world.store.due_holds(late.now, 10).await.unwrap().is_empty());
    drop(late);
    world.finish().await;
}

pub async fn concurrent_sweeps_end_a_hold_once<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(20).await;
    for seat in 1..=20 {
        world.book(world.customer, route, seat, (0, 3)).await.unwrap();
    }
    let sweeps: Vec<_> = (0..5)
        .map(|_| {
            let late = world.after(HOLD);
            tokio::spawn(async move {
                let mut ended = 0;
                for ticket in late.store.due_holds(late.now, 100).await.unwrap() {
                    let outcome = late.execute(late.expiring(ticket)).await.unwrap();
                    ended += u32::from(outcome.changed);
                }
                ended
            })
        })
        .collect();
    let mut ended = 0;
    for sweep in sweeps {
        ended += sweep.await.unwrap();
    }
    assert_eq!(ended, 20, "each hold was ended by exactly one of them");
    let ledger = world.finish().await;
    let cancelled = ledger.seat_events(route).filter(|e| e.draft.kind == EventKind::Cancelled);
    assert_eq!(cancelled.count(), 20);
    assert_eq!(ledger.live().count(), 0);
}
