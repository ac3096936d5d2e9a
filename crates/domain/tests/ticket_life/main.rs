//! The ticket life, command by command and in every order.
//!
//! A small world stands in for the store: it loads facts, lets the domain decide, and writes the
//! change, refusing a leg that is taken. Stories and a table pin each transition; the property
//! drives random commands and holds the promises of the inventory after every one of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod steps;
mod table;
mod world;

use domain::command::{ChargeOutcome, Expire};
use domain::ticket::{CancelCause, Gender, PAYMENT_SECONDS_MAX, PaymentStatus, TicketStatus};
use domain::{
    Actor, Asked, Command, EventKind, Holder, NeighbourTerms, PaymentState, Refusal, Role,
};
use jiff::SignedDuration;
use proptest::prelude::*;
use steps::Step;
use world::World;

fn kinds(world: &World) -> Vec<(EventKind, &'static str)> {
    world.events.iter().map(|event| (event.draft.kind, event.draft.reason.as_str())).collect()
}

#[test]
fn a_customer_reserves_and_pays() {
    let mut world = World::new();
    let ticket = world.book(world.customer, 1, (0, 2)).unwrap();
    assert_eq!(world.ticket(ticket).status, TicketStatus::Reserved);
    assert_eq!(world.ticket(ticket).payment_status, PaymentStatus::Pending);
    let payment = world.begin_payment(world.customer, ticket).unwrap();
    world.settle(ticket, payment, world::captured()).unwrap();
    assert_eq!(world.ticket(ticket).status, TicketStatus::Confirmed);
    assert_eq!(world.ticket(ticket).expires_at, None);
    assert_eq!(kinds(&world), [(EventKind::Reserved, "booked"), (EventKind::Confirmed, "paid")]);
}

#[test]
fn staff_sell_for_cash() {
    let mut world = World::new();
    let ticket = world.book(world.agent, 1, (0, 3)).unwrap();
    assert_eq!(world.ticket(ticket).status, TicketStatus::Confirmed);
    assert_eq!(world.ticket(ticket).payment_status, PaymentStatus::Paid);
    assert_eq!(world.ticket(ticket).issued_by_id, Some(world.agent.user_id));
    assert_eq!(world.captured_total(), world.ticket(ticket).price);
    assert_eq!(kinds(&world), [(EventKind::Confirmed, "sold")]);
}

#[test]
fn a_seat_is_sold_again_on_legs_that_do_not_overlap() {
    let mut world = World::new();
    world.book(world.customer, 1, (0, 1)).unwrap();
    world.book(world.customer, 1, (1, 3)).unwrap();
    for segment in [(0, 1), (0, 2), (0, 3), (1, 2), (2, 3)] {
        assert_eq!(world.book(world.customer, 1, segment), Err(Refusal::SeatTaken), "{segment:?}");
    }
}

#[test]
fn a_cancellation_is_two_neighbouring_events() {
    let mut world = World::new();
    let ticket = world.book(world.customer, 1, (0, 3)).unwrap();
    world.cancel(world.customer, ticket).unwrap();
    assert_eq!(
        kinds(&world)[1..],
        [(EventKind::Cancelled, "cancelled"), (EventKind::Available, "cancelled")]
    );
    assert_eq!(world.events[2].seq, world.events[1].seq.next());
    assert_eq!(world.events[2].ticket(), None);
}

#[test]
fn a_suspended_ticket_whose_seat_has_gone_is_cancelled_alone() {
    let mut world = World::new();
    let ticket = world.book(world.customer, 1, (0, 3)).unwrap();
    world.suspend(world.agent, ticket).unwrap();
    world.book(world.customer, 1, (1, 2)).unwrap();
    assert_eq!(world.confirm(world.agent, ticket), Err(Refusal::SeatTaken));
    world.cancel(world.customer, ticket).unwrap();
    let last: Vec<_> = kinds(&world)[2..].to_vec();
    assert_eq!(last, [(EventKind::Reserved, "booked"), (EventKind::Cancelled, "cancelled")]);
}

#[test]
fn a_suspended_ticket_whose_seat_is_free_frees_it_again() {
    let mut world = World::new();
    let ticket = world.book(world.customer, 1, (0, 3)).unwrap();
    world.suspend(world.agent, ticket).unwrap();
    world.cancel(world.customer, ticket).unwrap();
    assert_eq!(kinds(&world).last(), Some(&(EventKind::Available, "cancelled")));
}

#[test]
fn a_move_frees_the_old_seat_first() {
    let mut world = World::new();
    let ticket = world.book(world.customer, 1, (0, 3)).unwrap();
    world.amend(world.customer, ticket, Some(2), None).unwrap();
    let seats: Vec<_> =
        world.events.iter().map(|e| (e.draft.kind, e.draft.seat.get())).skip(1).collect();
    assert_eq!(seats, [(EventKind::Available, 1), (EventKind::Reserved, 2)]);
    world.amend(world.customer, ticket, Some(2), Some(Gender::Other)).unwrap();
    assert_eq!(kinds(&world).last(), Some(&(EventKind::Reserved, "changed")));
    let before = world.events.len();
    world.amend(world.customer, ticket, Some(2), None).unwrap();
    assert_eq!(world.events.len(), before, "nothing that viewers see has changed");
}

#[test]
fn who_may_do_what() {
    type Act = fn(&mut World, domain::Account, domain::TicketId) -> Result<(), Refusal>;
    let acts: [(&str, Act, [bool; 4]); 5] = [
        // own customer, other customer, agent, admin
        ("pay", |w, a, t| w.begin_payment(a, t).map(drop), [true, false, true, true]),
        ("confirm", |w, a, t| w.confirm(a, t), [false, false, true, true]),
        ("suspend", |w, a, t| w.suspend(a, t), [false, false, true, true]),
        ("cancel", |w, a, t| w.cancel(a, t), [true, false, true, true]),
        ("amend", |w, a, t| w.amend(a, t, Some(2), None), [true, false, true, true]),
    ];
    for (name, act, allowed) in acts {
        for (index, allowed) in allowed.into_iter().enumerate() {
            let mut world = World::new();
            let ticket = world.book(world.customer, 1, (0, 3)).unwrap();
            let actor = [world.customer, world.other, world.agent, world.admin][index];
            let result = act(&mut world, actor, ticket);
            assert_eq!(result.is_ok(), allowed, "{name} by {actor:?}: {result:?}");
            if index > 1 && allowed && name != "pay" {
                assert_eq!(world.ticket(ticket).changed_by_id, Some(actor.user_id), "{name}");
            }
        }
    }
}

#[test]
fn a_paid_suspended_ticket_can_be_confirmed_by_its_owner_an_unpaid_one_only_by_staff() {
    for paid in [true, false] {
        let mut world = World::new();
        let ticket = world.book(world.customer, 1, (0, 3)).unwrap();
        if paid {
            world.pay(ticket);
        }
        world.suspend(world.agent, ticket).unwrap();
        let own = world.confirm(world.customer, ticket);
        assert_eq!(own.is_ok(), paid, "{own:?}");
        if !paid {
            world.confirm(world.agent, ticket).unwrap();
        }
        assert_eq!(world.ticket(ticket).status, TicketStatus::Confirmed);
        assert_eq!(
            world.captured_total(),
            world.ticket(ticket).price,
            "paid once, whoever confirmed"
        );
    }
}

#[test]
fn illegal_transitions_are_refused() {
    let mut world = World::new();
    let ticket = world.book(world.customer, 1, (0, 3)).unwrap();
    world.pay(ticket);
    let transition = |result: Result<(), Refusal>| {
        assert!(matches!(result, Err(Refusal::InvalidTransition { .. })), "{result:?}");
    };
    transition(world.confirm(world.agent, ticket));
    assert_eq!(world.begin_payment(world.customer, ticket), Err(Refusal::AlreadyPaid));
    world.cancel(world.customer, ticket).unwrap();
    transition(world.cancel(world.customer, ticket));
    transition(world.confirm(world.agent, ticket));
    transition(world.suspend(world.agent, ticket));
    transition(world.refund(world.customer, ticket));
    transition(world.amend(world.customer, ticket, Some(3), None));
    transition(world.begin_payment(world.customer, ticket).map(drop));
    let unpaid = world.book(world.customer, 1, (0, 3)).unwrap();
    assert_eq!(world.refund(world.customer, unpaid), Err(Refusal::NotPaid));
}

#[test]
fn a_hold_ends_once() {
    let mut world = World::new();
    let ticket = world.book(world.customer, 1, (0, 3)).unwrap();
    world.advance_seconds(world::HOLD_SECONDS - 1);
    world.expire(ticket);
    assert_eq!(world.ticket(ticket).status, TicketStatus::Reserved);
    world.advance_seconds(1);
    assert_eq!(world.begin_payment(world.customer, ticket), Err(Refusal::HoldExpired));
    world.expire(ticket);
    world.expire(ticket);
    assert_eq!(world.ticket(ticket).cancel_cause, Some(CancelCause::Expired));
    assert_eq!(
        kinds(&world)[1..],
        [(EventKind::Cancelled, "expired"), (EventKind::Available, "expired")]
    );
}

#[test]
fn a_payment_that_lands_late_wins_the_seat_back_or_is_refunded() {
    for taken in [false, true] {
        let mut world = World::new();
        let ticket = world.book(world.customer, 1, (0, 3)).unwrap();
        let payment = world.begin_payment(world.customer, ticket).unwrap();
        world.advance_seconds(world::HOLD_SECONDS);
        world.expire(ticket);
        if taken {
            world.book(world.other, 1, (2, 3)).unwrap();
        }
        world.settle(ticket, payment, world::captured()).unwrap();
        let (status, state) = if taken {
            (TicketStatus::Cancelled, PaymentState::Refunding)
        } else {
            (TicketStatus::Confirmed, PaymentState::Captured)
        };
        assert_eq!(world.ticket(ticket).status, status);
        assert_eq!(world.payment(payment).state(), state);
        world.audit();
    }
}

#[test]
fn a_payment_settles_once_and_one_at_a_time() {
    let mut world = World::new();
    let ticket = world.book(world.customer, 1, (0, 3)).unwrap();
    let first = world.begin_payment(world.customer, ticket).unwrap();
    assert_eq!(world.begin_payment(world.customer, ticket), Err(Refusal::PaymentInProgress));
    let declined = ChargeOutcome::Declined { code: "INSUFFICIENT_FUNDS".into() };
    world.settle(ticket, first, declined).unwrap();
    world.settle(ticket, first, world::captured()).unwrap();
    // The reservation does not get it: its owner was told that no money was taken. So the money
    // goes back, once.
    assert_eq!(world.payment(first).state(), PaymentState::Refunding);
    world.settle(ticket, first, world::captured()).unwrap();
    assert_eq!(world.payment(first).state(), PaymentState::Refunding);
    assert_eq!(world.ticket(ticket).status, TicketStatus::Reserved, "the hold stays");
    world.pay(ticket);
    assert_eq!(world.ticket(ticket).payment_status, PaymentStatus::Paid);
}

#[test]
fn the_first_payment_keeps_a_reservation_a_little_longer_and_no_other_does() {
    let mut world = World::new();
    let ticket = world.book(world.customer, 1, (0, 3)).unwrap();
    let early = world.book(world.customer, 2, (0, 3)).unwrap();
    let first_end = world.ticket(ticket).expires_at.unwrap();
    // One that is paid early is not kept shorter.
    world.begin_payment(world.customer, early).unwrap();
    assert_eq!(world.ticket(early).expires_at, Some(first_end));
    world.advance_seconds(world::HOLD_SECONDS - 1);
    let payment = world.begin_payment(world.customer, ticket).unwrap();
    let kept = world.now + SignedDuration::from_secs(PAYMENT_SECONDS_MAX);
    assert_eq!(world.ticket(ticket).expires_at, Some(kept));
    let declined = ChargeOutcome::Declined { code: "INSUFFICIENT_FUNDS".into() };
    world.settle(ticket, payment, declined).unwrap();
    world.advance_seconds(PAYMENT_SECONDS_MAX - 1);
    world.expire(ticket);
    world.begin_payment(world.customer, ticket).unwrap();
    assert_eq!(world.ticket(ticket).expires_at, Some(kept), "once");
    world.advance_seconds(1);
    world.expire(ticket);
    assert_eq!(world.ticket(ticket).cancel_cause, Some(CancelCause::Expired));
    world.audit();

    // Never more than it was given itself.
    let mut world = World::new();
    world.hold = SignedDuration::from_secs(10);
    let short = world.book(world.customer, 1, (0, 3)).unwrap();
    world.advance_seconds(9);
    world.begin_payment(world.customer, short).unwrap();
    let kept = world.now + SignedDuration::from_secs(10);
    assert_eq!(world.ticket(short).expires_at, Some(kept));
}

#[test]
fn a_decision_can_be_run_again() {
    let mut world = World::new();
    let ticket = world.book(world.customer, 1, (0, 3)).unwrap();
    let command = Command::Expire(Expire { ticket_id: ticket });
    world.advance_seconds(world::HOLD_SECONDS);
    let neighbours = NeighbourTerms::default();
    let asked = Asked { actor: &Actor::System, now: world.now, neighbours, fair_use: None };
    let facts = world.facts();
    let change = command.decide(asked, &facts).unwrap();
    assert!(!change.is_nothing());
    assert_eq!(command.decide(asked, &facts), Ok(change));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Any commands in any order: no two live tickets share a leg of a seat, the occupied legs are
    /// the live tickets' legs, folding the events over the starting map gives the resulting map,
    /// and the money adds up; no seat is taken on a route that is off sale, and after the departure
    /// only an administrator changes a ticket.
    #[test]
    fn promises_hold_in_every_order(steps in prop::collection::vec(any::<Step>(), 1..80)) {
        let mut world = World::new();
        for step in steps {
            world.take_step(&step);
            world.audit();
        }
    }
}

#[test]
fn the_audit_notices_a_wrong_map() {
    // The negative control: a lost event, a doubled one, a leg too many must each be seen.
    let spoil: [fn(&mut World); 3] = [
        |world| drop(world.events.pop()),
        |world| {
            let last = world.events.last().cloned();
            world.events.extend(last);
        },
        |world| {
            world.legs.pop_first();
        },
    ];
    for spoil in spoil {
        let mut world = World::new();
        world.book(world.customer, 1, (0, 3)).unwrap();
        world.audit();
        spoil(&mut world);
        let audit = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| world.audit()));
        assert!(audit.is_err());
    }
}

#[test]
fn the_check_of_a_step_notices_what_it_forbids() {
    // The negative control: a seat taken off sale or too late, a ticket changed too late.
    type Spoil = fn(&mut World, domain::TicketId);
    let take: Spoil = |world, ticket| {
        world.legs.insert((domain::SeatNumber::new(4).unwrap(), 0), Holder::Ticket(ticket));
    };
    let change: Spoil = |world, ticket| {
        world.tickets.get_mut(&ticket).unwrap().passenger.name = "Ali".into();
    };
    let left = world::DEPARTURE_SECONDS;
    for (on_sale, seconds, spoil, allowed) in [
        (true, 0, take, true),
        (false, 0, take, false),
        (true, left, take, false),
        (true, 0, change, true),
        (false, 0, change, true),
        (true, left, change, false),
    ] {
        let mut world = World::new();
        let ticket = world.book(world.customer, 1, (0, 3)).unwrap();
        world.route.is_active = on_sale;
        world.advance_seconds(seconds);
        let before = world.remember();
        let by = Some(world.agent);
        world.check_step(&before, by);
        spoil(&mut world, ticket);
        let check = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            world.check_step(&before, by);
        }));
        assert_eq!(check.is_ok(), allowed, "on sale {on_sale}, after {seconds} s");
    }
}

#[test]
fn roles_have_names() {
    for role in Role::ALL {
        assert_eq!(Role::parse(role.as_str()), Some(role));
    }
    assert_eq!(Role::parse("ROOT"), None);
}
