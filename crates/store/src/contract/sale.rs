//! When a route takes no more passengers: off sale, and after the departure of a ticket's own
//! segment. Both are decided on the route as it stands in the transaction.

use domain::{
    Account, EventKind, PaymentState, Reason, Refusal, RouteId, RoutePatch, Seq, TicketStatus,
};
use jiff::SignedDuration;

use super::desk::{HOLD, LEG, UNTIL_DEPARTURE};
use super::{Desk, Harness, World};
use crate::Envelope;

async fn set_active(desk: &Desk, route: RouteId, is_active: bool) {
    let patch = RoutePatch { is_active: Some(is_active), ..RoutePatch::default() };
    desk.store.update_route(route, patch, desk.now).await.unwrap();
}

pub async fn a_route_off_sale_takes_no_seat<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let held = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let suspended = world.book(world.agent, route, 2, (0, 3)).await.unwrap();
    world.execute(world.suspending(world.agent, suspended)).await.unwrap();
    set_active(&world, route, false).await;
    let before = world.store.head(route).await.unwrap();
    let off_sale = Err(Refusal::RouteInactive);
    for actor in world.people() {
        let booked = world.book(actor, route, 5, (1, 2)).await.map(drop);
        assert_eq!(booked, off_sale, "{actor:?}");
    }
    for actor in [world.customer, world.agent, world.admin] {
        assert_eq!(world.move_to(actor, held, 6).await.map(drop), off_sale, "{actor:?}");
    }
    let again = world.execute(world.confirming(world.admin, suspended)).await;
    assert_eq!(again.map(drop), off_sale);
    assert_eq!(world.store.head(route).await.unwrap(), before, "nothing came of it");
    set_active(&world, route, true).await;
    world.move_to(world.customer, held, 6).await.unwrap();
    world.execute(world.confirming(world.agent, suspended)).await.unwrap();
    world.finish().await;
}

pub async fn what_is_reserved_off_sale_is_paid_and_ends<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let book = |seat| world.book(world.customer, route, seat, (0, 3));
    let (by_card, in_cash, expires, late) = (
        book(1).await.unwrap(),
        book(2).await.unwrap(),
        book(3).await.unwrap(),
        book(4).await.unwrap(),
    );
    let payment = world.begin_payment(world.customer, late).await.unwrap();
    set_active(&world, route, false).await;
    world.pay(world.customer, by_card).await.unwrap();
    world.execute(world.confirming(world.agent, in_cash)).await.unwrap();
    let after = world.after(HOLD);
    after.execute(after.expiring(expires)).await.unwrap();
    after.execute(after.expiring(late)).await.unwrap();
    // The hold is gone, and no seat may be newly taken: the money goes back.
    after.execute(after.settling(late, payment, true)).await.unwrap();
    after.execute(after.cancelling(after.customer, by_card)).await.unwrap();
    drop(after);
    let ledger = world.finish().await;
    let status = |ticket| ledger.tickets[&ticket].status;
    assert_eq!(status(in_cash), TicketStatus::Confirmed);
    assert_eq!(
        [by_card, expires, late].map(status),
        [TicketStatus::Cancelled; 3],
        "cancelled, expired, and not won back"
    );
    assert_eq!(ledger.payments[&late][0].state(), PaymentState::Refunding);
}

/// A driver that remembers routes, or looks at one before its turn, would sell a little too long.
pub async fn nothing_is_taken_once_the_route_is_off_sale<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(4).await;
    let buyers: Vec<_> = (1..=4)
        .map(|seat| {
            let desk = world.desk();
            tokio::spawn(async move {
                loop {
                    match desk.book(desk.customer, route, seat, (0, 3)).await {
                        Ok(ticket) => {
                            desk.execute(desk.cancelling(desk.customer, ticket)).await.unwrap();
                        }
                        Err(Refusal::RouteInactive) => return,
                        Err(other) => panic!("{other:?}"),
                    }
                }
            })
        })
        .collect();
    // All buyers are running.
    while world.store.head(route).await.unwrap().unwrap().seq < Seq::new(20) {
        tokio::task::yield_now().await;
    }
    set_active(&world, route, false).await;
    let last = world.store.head(route).await.unwrap().unwrap();
    for buyer in buyers {
        buyer.await.unwrap();
    }
    let ledger = world.finish().await;
    let after = ledger.seat_events(route).filter(|event| event.ordinal > last.ordinal);
    let taken: Vec<_> = after.filter(|event| event.draft.kind == EventKind::Reserved).collect();
    assert!(taken.is_empty(), "sold after it was taken off sale: {taken:?}");
}

/// What may be done with a ticket; each request has a ticket of its own.
fn requests(desk: &Desk, actor: Account, ids: &[domain::TicketId; 6]) -> [Envelope; 6] {
    let [moved, paid, confirmed, suspended, cancelled, refunded] = *ids;
    [
        desk.moving(actor, moved, 9),
        desk.beginning(actor, paid).1,
        desk.confirming(actor, confirmed),
        desk.suspending(actor, suspended),
        desk.cancelling(actor, cancelled),
        desk.refunding(actor, refunded),
    ]
}

pub async fn after_its_own_departure_only_an_admin_changes_a_ticket<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let near = world.after(UNTIL_DEPARTURE + LEG - SignedDuration::from_mins(20));
    let reserved = |seat| near.book(near.customer, route, seat, (1, 3));
    let mut ids = Vec::new();
    for seat in 1..=5 {
        ids.push(reserved(seat).await.unwrap());
    }
    ids.push(near.book(near.agent, route, 6, (1, 3)).await.unwrap());
    let later = near.book(near.agent, route, 7, (2, 3)).await.unwrap();
    let ids: [domain::TicketId; 6] = ids.try_into().unwrap();
    let left = world.after(UNTIL_DEPARTURE + LEG);
    let before = world.store.head(route).await.unwrap();
    for (number, command) in requests(&left, left.agent, &ids).into_iter().enumerate() {
        // The second one's hold has run out: that is the answer, not the departure.
        let expected = if number == 1 { Refusal::HoldExpired } else { Refusal::AfterDeparture };
        assert_eq!(left.execute(command).await.map(drop), Err(expected), "request {number}");
    }
    let head = world.store.head(route).await.unwrap();
    assert_eq!(head, before, "nothing came of it");
    left.execute(left.suspending(left.agent, later)).await.expect("its own stop is still to come");
    for (number, command) in requests(&left, left.admin, &ids).into_iter().enumerate() {
        if number != 1 {
            left.execute(command).await.unwrap_or_else(|refusal| panic!("{number}: {refusal:?}"));
        }
    }
    left.execute(left.expiring(ids[1])).await.unwrap();
    drop((near, left));
    let ledger = world.finish().await;
    let last = ledger.seat_events(route).last().unwrap();
    assert_eq!((last.draft.kind, last.draft.reason), (EventKind::Available, Reason::Expired));
}
