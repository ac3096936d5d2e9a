//! Random steps through a world, and what no step may do after any others.

use std::collections::BTreeMap;

use domain::command::ChargeOutcome;
use domain::ticket::Gender;
use domain::*;
use proptest::prelude::*;

use super::world::{CITIES, SEATS, World, captured};

#[derive(Clone, Debug)]
pub(crate) enum Act {
    Book { seat: u16, from: usize, legs: usize },
    Move { seat: u16 },
    Gender,
    Confirm,
    Suspend,
    Cancel,
    Refund,
    Expire,
    BeginPayment,
    Settle { captured: bool },
    FinishRefund,
    Wait { seconds: i64 },
    SwitchRoute,
}

#[derive(Clone, Debug)]
pub(crate) struct Step {
    act: Act,
    actor: usize,
    which: prop::sample::Index,
}

impl Arbitrary for Step {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        let act = prop_oneof![
            6 => (1..=SEATS, 0..3usize, 1..=3usize)
                .prop_map(|(seat, from, legs)| Act::Book { seat, from, legs }),
            2 => (1..=SEATS).prop_map(|seat| Act::Move { seat }),
            1 => Just(Act::Gender),
            2 => Just(Act::Confirm),
            2 => Just(Act::Suspend),
            2 => Just(Act::Cancel),
            1 => Just(Act::Refund),
            2 => Just(Act::Expire),
            2 => Just(Act::BeginPayment),
            3 => any::<bool>().prop_map(|captured| Act::Settle { captured }),
            1 => Just(Act::FinishRefund),
            // Now and then so long that some stops, or all, have been left.
            1 => prop_oneof![3 => 0..2_000i64, 1 => 0..20_000i64]
                .prop_map(|seconds| Act::Wait { seconds }),
            1 => Just(Act::SwitchRoute),
        ];
        (act, 0..4usize, any::<prop::sample::Index>())
            .prop_map(|(act, actor, which)| Self { act, actor, which })
            .boxed()
    }
}

/// A world as it was before a step.
pub(crate) struct Before {
    legs: BTreeMap<(SeatNumber, u8), Holder>,
    tickets: BTreeMap<TicketId, Ticket>,
}

impl World {
    pub(crate) fn remember(&self) -> Before {
        Before { legs: self.legs.clone(), tickets: self.tickets.clone() }
    }

    /// Takes one random step; a refusal is a fine outcome.
    pub(crate) fn take_step(&mut self, step: &Step) {
        let before = self.remember();
        let actor = [self.customer, self.other, self.agent, self.admin][step.actor];
        self.act(step, actor);
        let by = match step.act {
            Act::Expire | Act::Settle { .. } | Act::FinishRefund => None,
            _ => Some(actor),
        };
        self.check_step(&before, by);
    }

    fn act(&mut self, step: &Step, actor: Account) {
        let tickets: Vec<TicketId> = self.tickets.keys().copied().collect();
        let ticket = (!tickets.is_empty()).then(|| *step.which.get(&tickets));
        match (&step.act, ticket) {
            (Act::Wait { seconds }, _) => self.advance_seconds(*seconds),
            (Act::SwitchRoute, _) => self.route.is_active ^= true,
            (Act::Book { seat, from, legs }, _) => {
                let to = (from + legs).min(CITIES.len() - 1);
                drop(self.book(actor, *seat, (*from, to)));
            }
            (_, None) => {}
            (Act::Move { seat }, Some(id)) => drop(self.amend(actor, id, Some(*seat), None)),
            (Act::Gender, Some(id)) => drop(self.amend(actor, id, None, Some(Gender::Male))),
            (Act::Confirm, Some(id)) => drop(self.confirm(actor, id)),
            (Act::Suspend, Some(id)) => drop(self.suspend(actor, id)),
            (Act::Cancel, Some(id)) => drop(self.cancel(actor, id)),
            (Act::Refund, Some(id)) => drop(self.refund(actor, id)),
            (Act::Expire, Some(id)) => self.expire(id),
            (Act::BeginPayment, Some(id)) => drop(self.begin_payment(actor, id)),
            (Act::Settle { captured: yes }, Some(_)) => {
                let open: Vec<_> =
                    self.payments.iter().map(|p| (p.shares[0].ticket_id, p.id)).collect();
                if open.is_empty() {
                    return;
                }
                let (ticket_id, payment_id) = *step.which.get(&open);
                let outcome =
                    if *yes { captured() } else { ChargeOutcome::Declined { code: "NO".into() } };
                self.settle(ticket_id, payment_id, outcome).unwrap();
            }
            (Act::FinishRefund, Some(ticket_id)) => {
                let open =
                    self.payments.iter().find(|payment| payment.shares[0].ticket_id == ticket_id);
                let Some(payment_id) = open.map(|payment| payment.id) else { return };
                self.finish_refund(ticket_id, payment_id);
            }
        }
    }

    /// What a step of an account (`None`: of the system itself) may never do: take a seat on a
    /// route that is off sale, or change who is on a bus that has left, unless an administrator
    /// does.
    pub(crate) fn check_step(&self, before: &Before, by: Option<Account>) {
        let is_admin = by.is_some_and(|actor| actor.role == Role::Admin);
        let has_left =
            |ticket: &Ticket| self.route.stops[ticket.segment.from().as_usize()].time <= self.now;
        for (place, holder) in &self.legs {
            if before.legs.get(place) == Some(holder) {
                continue;
            }
            assert!(self.route.is_active, "{place:?} is taken on a route that is off sale");
            let Holder::Ticket(holder) = holder else { continue };
            let is_new = !before.tickets.contains_key(holder);
            assert!(
                !has_left(&self.tickets[holder]) || (is_admin && !is_new),
                "{place:?} is taken after its departure"
            );
        }
        if by.is_some() && !is_admin {
            for (id, ticket) in before.tickets.iter().filter(|(_, ticket)| has_left(ticket)) {
                assert_eq!(&self.tickets[id], ticket, "changed after its departure by {by:?}");
            }
        }
    }
}
