//! Any commands in any order, with groups and return journeys, holds and blocks, on two routes: the
//! promises of the inventory hold after each.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod audit;
mod steps;
mod world;

use proptest::prelude::*;

use steps::Step;
use world::World;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// No leg has two holders; the occupied legs are those of live tickets, holds and blocks; a
    /// booking is all there or not at all; folding the events gives the map; the money adds up per
    /// ticket, booking and payer; no strangers come to sit beside each other where the rule forbids
    /// it.
    #[test]
    fn promises_hold_in_every_order(steps in prop::collection::vec(any::<Step>(), 1..80)) {
        let mut world = World::new();
        for step in steps {
            world.take_step(&step);
            world.audit();
        }
    }
}

/// The property would say little if most of what it asks were refused.
#[test]
fn most_of_what_can_happen_happens() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut done = std::collections::BTreeMap::new();
    for _ in 0..100 {
        let steps = prop::collection::vec(any::<Step>(), 80).new_tree(&mut runner).unwrap();
        let mut world = World::new();
        steps.current().iter().for_each(|step| world.take_step(step));
        for (what, times) in world.done {
            *done.entry(what).or_insert(0) += times;
        }
    }
    let missing: Vec<_> = steps::HAPPENS.iter().filter(|what| !done.contains_key(**what)).collect();
    assert!(missing.is_empty(), "never happened: {missing:?} among {done:#?}");
}

#[test]
fn the_audit_notices_what_is_wrong() {
    type Spoil = fn(&mut World);
    let spoil: [(&str, Spoil); 8] = [
        ("a ticket of a group is gone", |world| drop(world.tickets.pop_last())),
        ("a leg too many", |world| {
            let ((route, seat, _), holder) = world.legs.first_key_value().unwrap();
            let place = (*route, domain::SeatNumber::new(9).unwrap_or(*seat), 2);
            let holder = *holder;
            world.legs.insert(place, holder);
        }),
        ("a leg too few", |world| {
            world.legs.pop_first();
        }),
        ("a lost event", |world| drop(world.events.pop())),
        ("a share miscounted", |world| {
            let payment = world.payments.values_mut().next().unwrap();
            payment.shares[0].amount = domain::Kurus::from_lira(1);
        }),
        ("a payer mixed up", |world| {
            let payer = domain::Payer::Account(world.other.user_id);
            world.payments.values_mut().next().unwrap().paid_by = payer;
        }),
        ("money that the bank never took", |world| world.bank.clear()),
        ("strangers side by side", |world| {
            let on_ruled = |ticket: &&mut domain::Ticket| ticket.route_id == world.ruled;
            let first = world.tickets.values_mut().find(on_ruled).unwrap();
            let mut stranger = first.clone();
            first.passenger.gender = domain::Gender::Female;
            stranger.passenger.gender = domain::Gender::Male;
            stranger.id = domain::TicketId(uuid::Uuid::from_u128(9_999));
            stranger.booking_id = domain::BookingId(uuid::Uuid::from_u128(9_999));
            stranger.seat = domain::SeatNumber::new(3 - first.seat.get()).unwrap();
            world.tickets.insert(stranger.id, stranger);
            assert_eq!(world.strangers().len(), 1, "they are seen, whatever else is");
        }),
    ];
    for (what, spoil) in spoil {
        let mut world = World::new();
        world.book_family();
        world.audit();
        spoil(&mut world);
        let audit = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| world.audit()));
        assert!(audit.is_err(), "{what}");
    }
}
