//! Every action on a ticket, in every state, by every caller, before and after the departure, on
//! sale and off sale: 840 answers, each listed.
//!
//! The rows are contract.md's tables "Roles" and "Ticket life" spelled out. A rule that is
//! forgotten for one role, one state or one time turns exactly its cells red.

use domain::ticket::{PaymentStatus, TicketStatus};
use domain::{Account, EventKind, Refusal, TicketId};
use jiff::SignedDuration;

use super::world::{DEPARTURE_SECONDS, World};

/// How the ticket stands. It belongs to the customer, and is from the second stop to the last.
#[derive(Clone, Copy, Debug)]
enum State {
    Reserved,
    Confirmed,
    /// Suspended, and paid or not.
    SuspendedPaid,
    SuspendedUnpaid,
    Cancelled,
}

type Act = fn(&mut World, Account, TicketId) -> Result<(), Refusal>;

const PAY: Act = |world, actor, ticket| world.begin_payment(actor, ticket).map(drop);
const CONFIRM: Act = World::confirm;
const SUSPEND: Act = World::suspend;
const CANCEL: Act = World::cancel;
const REFUND: Act = World::refund;
const MOVE: Act = |world, actor, ticket| world.amend(actor, ticket, Some(2), None);
const RENAME: Act = World::rename;

/// The columns: when, counted from the segment's departure, and whether the route is on sale. Ten
/// minutes before it the sale to customers has closed; the first stop has been left long ago.
const COLUMNS: [(i64, bool); 6] =
    [(-1_200, true), (-1_200, false), (-600, true), (-600, false), (0, true), (0, false)];

/// In each cell the answers to the owner, another customer, an agent and an admin, in this order:
/// `+` done, `n` not yours, `r` the role is missing, `s` the state does not allow it, `p` paid
/// already, `u` not paid, `l` too late for customers, `d` after departure, `i` the route is off
/// sale.
#[rustfmt::skip]
const TABLE: [(&str, Act, State, [&str; 6]); 35] = {
    use State::*;
    [
    //                                    open            closing         left
    //                                    on sale  off    on sale  off    on sale  off
    ("pay",     PAY,     Reserved,        ["+n++", "+n++", "+n++", "+n++", "dnd+", "dnd+"]),
    ("pay",     PAY,     Confirmed,       ["pnpp", "pnpp", "pnpp", "pnpp", "pnpp", "pnpp"]),
    ("pay",     PAY,     SuspendedPaid,   ["pnpp", "pnpp", "pnpp", "pnpp", "pnpp", "pnpp"]),
    ("pay",     PAY,     SuspendedUnpaid, ["snss", "snss", "snss", "snss", "snss", "snss"]),
    ("pay",     PAY,     Cancelled,       ["snss", "snss", "snss", "snss", "snss", "snss"]),
    ("confirm", CONFIRM, Reserved,        ["rn++", "rn++", "rn++", "rn++", "rnd+", "rnd+"]),
    ("confirm", CONFIRM, Confirmed,       ["snss", "snss", "snss", "snss", "snss", "snss"]),
    ("confirm", CONFIRM, SuspendedPaid,   ["+n++", "inii", "ln++", "inii", "dnd+", "dndi"]),
    ("confirm", CONFIRM, SuspendedUnpaid, ["rn++", "rnii", "rn++", "rnii", "rnd+", "rndi"]),
    ("confirm", CONFIRM, Cancelled,       ["snss", "snss", "snss", "snss", "snss", "snss"]),
    ("suspend", SUSPEND, Reserved,        ["rr++", "rr++", "rr++", "rr++", "rrd+", "rrd+"]),
    ("suspend", SUSPEND, Confirmed,       ["rr++", "rr++", "rr++", "rr++", "rrd+", "rrd+"]),
    ("suspend", SUSPEND, SuspendedPaid,   ["rrss", "rrss", "rrss", "rrss", "rrss", "rrss"]),
    ("suspend", SUSPEND, SuspendedUnpaid, ["rrss", "rrss", "rrss", "rrss", "rrss", "rrss"]),
    ("suspend", SUSPEND, Cancelled,       ["rrss", "rrss", "rrss", "rrss", "rrss", "rrss"]),
    ("cancel",  CANCEL,  Reserved,        ["+n++", "+n++", "+n++", "+n++", "dnd+", "dnd+"]),
    ("cancel",  CANCEL,  Confirmed,       ["+n++", "+n++", "+n++", "+n++", "dnd+", "dnd+"]),
    ("cancel",  CANCEL,  SuspendedPaid,   ["+n++", "+n++", "+n++", "+n++", "dnd+", "dnd+"]),
    ("cancel",  CANCEL,  SuspendedUnpaid, ["+n++", "+n++", "+n++", "+n++", "dnd+", "dnd+"]),
    ("cancel",  CANCEL,  Cancelled,       ["snss", "snss", "snss", "snss", "snss", "snss"]),
    ("refund",  REFUND,  Reserved,        ["unuu", "unuu", "unuu", "unuu", "unuu", "unuu"]),
    ("refund",  REFUND,  Confirmed,       ["+n++", "+n++", "+n++", "+n++", "dnd+", "dnd+"]),
    ("refund",  REFUND,  SuspendedPaid,   ["+n++", "+n++", "+n++", "+n++", "dnd+", "dnd+"]),
    ("refund",  REFUND,  SuspendedUnpaid, ["unuu", "unuu", "unuu", "unuu", "unuu", "unuu"]),
    ("refund",  REFUND,  Cancelled,       ["snss", "snss", "snss", "snss", "snss", "snss"]),
    ("move",    MOVE,    Reserved,        ["+n++", "inii", "ln++", "inii", "dnd+", "dndi"]),
    ("move",    MOVE,    Confirmed,       ["+n++", "inii", "ln++", "inii", "dnd+", "dndi"]),
    ("move",    MOVE,    SuspendedPaid,   ["+n++", "inii", "ln++", "inii", "dnd+", "dndi"]),
    ("move",    MOVE,    SuspendedUnpaid, ["+n++", "inii", "ln++", "inii", "dnd+", "dndi"]),
    ("move",    MOVE,    Cancelled,       ["snss", "snss", "snss", "snss", "snss", "snss"]),
    ("rename",  RENAME,  Reserved,        ["+n++", "+n++", "+n++", "+n++", "dnd+", "dnd+"]),
    ("rename",  RENAME,  Confirmed,       ["+n++", "+n++", "+n++", "+n++", "dnd+", "dnd+"]),
    ("rename",  RENAME,  SuspendedPaid,   ["+n++", "+n++", "+n++", "+n++", "dnd+", "dnd+"]),
    ("rename",  RENAME,  SuspendedUnpaid, ["+n++", "+n++", "+n++", "+n++", "dnd+", "dnd+"]),
    ("rename",  RENAME,  Cancelled,       ["snss", "snss", "snss", "snss", "snss", "snss"]),
    ]
};

/// A world shortly before the second stop is left, with one ticket from there. Its hold is long, so
/// that a reservation can still stand at the departure.
fn world_with(state: State) -> (World, TicketId) {
    let mut world = World::new();
    world.hold = SignedDuration::from_hours(24);
    world.advance_seconds(departure_seconds() - 1_500);
    let ticket = world.book(world.customer, 1, (1, 3)).unwrap();
    match state {
        State::Reserved => {}
        State::Confirmed => world.pay(ticket),
        State::SuspendedPaid => {
            world.pay(ticket);
            world.suspend(world.agent, ticket).unwrap();
        }
        State::SuspendedUnpaid => world.suspend(world.agent, ticket).unwrap(),
        State::Cancelled => world.cancel(world.customer, ticket).unwrap(),
    }
    (world, ticket)
}

/// From the world's beginning to when the second stop is left.
fn departure_seconds() -> i64 {
    DEPARTURE_SECONDS + super::world::LEG_SECONDS
}

fn letter(result: &Result<(), Refusal>) -> char {
    match result {
        Ok(()) => '+',
        Err(Refusal::NotYours) => 'n',
        Err(Refusal::RoleRequired { .. }) => 'r',
        Err(Refusal::InvalidTransition { .. }) => 's',
        Err(Refusal::AlreadyPaid) => 'p',
        Err(Refusal::NotPaid) => 'u',
        Err(Refusal::TooLate) => 'l',
        Err(Refusal::AfterDeparture) => 'd',
        Err(Refusal::RouteInactive) => 'i',
        Err(other) => panic!("an answer that the table does not know: {other:?}"),
    }
}

#[test]
fn every_action_in_every_state_by_everybody_at_any_time() {
    let mut wrong = Vec::new();
    for (name, act, state, cells) in TABLE {
        for ((from_departure, on_sale), expected) in COLUMNS.into_iter().zip(cells) {
            let answers: String = (0..4)
                .map(|actor| {
                    let (mut world, ticket) = world_with(state);
                    world.advance_seconds(1_500 + from_departure);
                    world.route.is_active = on_sale;
                    let actor = [world.customer, world.other, world.agent, world.admin][actor];
                    let before = (world.remember(), world.tickets.clone(), world.events.len());
                    let result = act(&mut world, actor, ticket);
                    if result.is_err() {
                        assert_eq!(world.tickets, before.1, "{name}: a refusal changes nothing");
                        assert_eq!(world.events.len(), before.2, "{name}: nor does it tell of one");
                    }
                    world.check_step(&before.0, Some(actor));
                    world.audit();
                    letter(&result)
                })
                .collect();
            if answers != expected {
                wrong.push(format!(
                    "{name} {state:?}, {from_departure} s from departure, on sale {on_sale}: \
                     {answers}, not {expected}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether a seat is sold: to a customer, by an agent, by an admin.
#[test]
fn a_sale_by_time_role_and_route() {
    let cells = ["+++", "iii", "l++", "iii", "lll", "iii"];
    for ((from_departure, on_sale), expected) in COLUMNS.into_iter().zip(cells) {
        let answer = |actor: fn(&World) -> Account| {
            let mut world = World::new();
            world.advance_seconds(departure_seconds() + from_departure);
            world.route.is_active = on_sale;
            let by = actor(&world);
            letter(&world.book(by, 1, (1, 3)).map(drop))
        };
        let answers: String =
            [answer(|w| w.customer), answer(|w| w.agent), answer(|w| w.admin)].iter().collect();
        assert_eq!(answers, expected, "{from_departure} s from departure, on sale {on_sale}");
    }
}

/// What happens to money that arrives late: the hold stands or has run out, its seat is free or
/// taken by another, the route is on sale or not, the bus is there or has left.
#[test]
fn a_payment_lands_whatever_happened_meanwhile() {
    for index in 0..16 {
        let [expired, taken, on_sale, left] = [0, 1, 2, 3].map(|bit| index >> bit & 1 == 1);
        if taken && !expired {
            continue;
        }
        let mut world = World::new();
        // The hold ends as the bus leaves, if it ends before the money arrives.
        world.hold = SignedDuration::from_secs(if expired { 1_200 } else { 86_400 });
        world.advance_seconds(departure_seconds() - 1_210);
        let ticket = world.book(world.customer, 1, (1, 3)).unwrap();
        let payment = world.begin_payment(world.customer, ticket).unwrap();
        world.advance_seconds(1_200);
        world.expire(ticket);
        assert_eq!(world.ticket(ticket).status.holds_seat(), !expired);
        if taken {
            world.book(world.agent, 1, (2, 3)).unwrap();
        }
        world.route.is_active = on_sale;
        world.advance_seconds(if left { 10 } else { 9 });
        let before = world.remember();
        world.settle(ticket, payment, super::world::captured()).unwrap();
        world.check_step(&before, None);
        world.audit();
        let keeps = !expired || (!taken && on_sale && !left);
        let told = format!("expired {expired}, taken {taken}, on sale {on_sale}, left {left}");
        let after = world.ticket(ticket);
        if keeps {
            let paid = (TicketStatus::Confirmed, PaymentStatus::Paid);
            assert_eq!((after.status, after.payment_status), paid, "{told}");
            let last = world.events.last().unwrap();
            assert_eq!(last.draft.kind, EventKind::Confirmed, "{told}");
        } else {
            let owed = domain::PaymentState::Refunding;
            assert_eq!(after.status, TicketStatus::Cancelled, "{told}");
            assert_eq!(world.payment(payment).state(), owed, "{told}");
        }
    }
}

/// A hold ends, and owed money is given back, after the departure and off sale as before.
#[test]
fn the_system_finishes_what_it_has_to_at_any_time() {
    for on_sale in [true, false] {
        let mut world = World::new();
        world.hold = SignedDuration::from_hours(24);
        world.advance_seconds(departure_seconds() - 1_500);
        let held = world.book(world.customer, 1, (1, 3)).unwrap();
        let paid = world.book(world.customer, 2, (1, 3)).unwrap();
        let payment = world.begin_payment(world.customer, paid).unwrap();
        world.settle(paid, payment, super::world::captured()).unwrap();
        world.cancel(world.customer, paid).unwrap();
        world.route.is_active = on_sale;
        world.advance_seconds(25 * 3_600);
        world.expire(held);
        assert_eq!(world.ticket(held).status, TicketStatus::Cancelled);
        world.finish_refund(paid, payment);
        assert_eq!(world.payment(payment).state(), domain::PaymentState::Refunded);
        world.audit();
    }
}
