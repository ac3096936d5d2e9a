//! Every decision about state is made inside the transaction: two commands that race leave what
//! they would have left one after the other.

use std::sync::Arc;

use domain::{
    Command, EventKind, PaymentId, PaymentState, PaymentStatus, Reason, Refusal, RouteId,
    SeatNumber, TicketId, TicketStatus,
};
use tokio::sync::Barrier;

use super::desk::HOLD;
use super::{Desk, Harness, World};
use crate::Envelope;

/// What a caller may do with one ticket. Settling and declining answer a payment that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    BeginPayment,
    Settle,
    Decline,
    Cancel,
    StrangerCancels,
    Move,
    Expire,
    Confirm,
    Suspend,
    Refund,
    SomebodyElseBooks,
}

const ACTS: [Act; 11] = [
    Act::BeginPayment,
    Act::Settle,
    Act::Decline,
    Act::Cancel,
    Act::StrangerCancels,
    Act::Move,
    Act::Expire,
    Act::Confirm,
    Act::Suspend,
    Act::Refund,
    Act::SomebodyElseBooks,
];

/// How the ticket stands when the two arrive.
#[derive(Clone, Copy, Debug)]
enum Start {
    /// Held, with a payment under way.
    Paying,
    Held,
    Paid,
    Suspended,
}

#[derive(Clone, Copy, Debug)]
enum Order {
    Together,
    FirstThenSecond,
    SecondThenFirst,
}

/// Everything that may differ: both answers, the ticket, its payments, what viewers were sent.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    first: Result<bool, Refusal>,
    second: Result<bool, Refusal>,
    status: (TicketStatus, PaymentStatus),
    moved: bool,
    payments: Vec<PaymentState>,
    events: Vec<(EventKind, Reason)>,
}

struct Trial {
    desk: Desk,
    route_id: RouteId,
    seat: u16,
    ticket_id: TicketId,
    payment_id: PaymentId,
}

impl Trial {
    /// Its ticket sits on `seat`; `seat + 1` is there to move to.
    async fn new(desk: Desk, route_id: RouteId, seat: u16, start: Start) -> Self {
        let ticket_id = desk.book(desk.customer, route_id, seat, (0, 3)).await.unwrap();
        let mut payment_id = PaymentId(desk.id());
        match start {
            Start::Held => {}
            Start::Paying => {
                payment_id = desk.begin_payment(desk.customer, ticket_id).await.unwrap();
            }
            Start::Paid => payment_id = desk.pay(desk.customer, ticket_id).await.unwrap(),
            Start::Suspended => {
                desk.execute(desk.suspending(desk.agent, ticket_id)).await.unwrap();
            }
        }
        Self { desk, route_id, seat, ticket_id, payment_id }
    }

    fn command(&self, act: Act) -> Envelope {
        let (desk, id) = (&self.desk, self.ticket_id);
        match act {
            Act::BeginPayment => desk.beginning(desk.customer, id).1,
            Act::Settle => desk.settling(id, self.payment_id, true),
            Act::Decline => desk.settling(id, self.payment_id, false),
            Act::Cancel => desk.cancelling(desk.customer, id),
            Act::StrangerCancels => desk.cancelling(desk.other, id),
            Act::Move => desk.moving(desk.customer, id, self.seat + 1),
            Act::Expire => desk.after(HOLD).expiring(id),
            Act::Confirm => desk.confirming(desk.agent, id),
            Act::Suspend => desk.suspending(desk.agent, id),
            Act::Refund => desk.refunding(desk.customer, id),
            Act::SomebodyElseBooks => {
                desk.by(desk.other, Command::Book(desk.booking(self.route_id, self.seat, (1, 2))))
            }
        }
    }

    async fn run(self, first: Act, second: Act, order: Order) -> Outcome {
        let (first, second) = (self.command(first), self.command(second));
        let (first, second) = match order {
            Order::FirstThenSecond => {
                let first = self.desk.execute(first).await;
                (first, self.desk.execute(second).await)
            }
            Order::SecondThenFirst => {
                let second = self.desk.execute(second).await;
                (self.desk.execute(first).await, second)
            }
            Order::Together => {
                let barrier = Arc::new(Barrier::new(2));
                let start = |command| {
                    let (desk, barrier) = (self.desk.clone(), Arc::clone(&barrier));
                    tokio::spawn(async move {
                        barrier.wait().await;
                        desk.execute(command).await
                    })
                };
                let (first, second) = (start(first), start(second));
                (first.await.unwrap(), second.await.unwrap())
            }
        };
        let store = &self.desk.store;
        let ticket = store.ticket(self.ticket_id).await.unwrap().unwrap().ticket;
        let payments = store.ticket_payments(self.ticket_id).await.unwrap();
        let events = self.desk.seat_events(self.route_id).await;
        let here = |seat: SeatNumber| (self.seat..=self.seat + 1).contains(&seat.get());
        Outcome {
            first: first.map(|outcome| outcome.changed),
            second: second.map(|outcome| outcome.changed),
            status: (ticket.status, ticket.payment_status),
            moved: ticket.seat.get() != self.seat,
            payments: payments.iter().map(|payment| payment.state()).collect(),
            events: events
                .iter()
                .filter(|event| here(event.draft.seat))
                .map(|event| (event.draft.kind, event.draft.reason))
                .collect(),
        }
    }
}

/// The pair on a fresh ticket each time: together, and in both orders.
async fn check_pair(desk: Desk, start: Start, first: Act, second: Act) {
    let route = desk.route(6).await;
    let trial = |seat| Trial::new(desk.clone(), route, seat, start);
    let one = trial(1).await.run(first, second, Order::FirstThenSecond).await;
    let other = trial(3).await.run(first, second, Order::SecondThenFirst).await;
    let together = trial(5).await.run(first, second, Order::Together).await;
    assert!(
        together == one || together == other,
        "{start:?}: {first:?} and {second:?} together left {together:#?}\n\
         in turn {one:#?}\nor {other:#?}"
    );
}

pub async fn two_commands_on_one_ticket_are_as_if_one_after_the_other<H: Harness>() {
    let world = World::<H>::new().await;
    let mut pairs = Vec::new();
    for start in [Start::Paying, Start::Held, Start::Paid, Start::Suspended] {
        for (index, first) in ACTS.into_iter().enumerate() {
            for second in ACTS.into_iter().skip(index) {
                pairs.push(tokio::spawn(check_pair(world.desk(), start, first, second)));
            }
        }
    }
    for pair in pairs {
        pair.await.unwrap();
    }
    world.finish().await;
}

pub async fn a_hold_ends_once_whoever_comes_first<H: Harness>() {
    const SEATS: u16 = 30;
    let world = World::<H>::new().await;
    let route = world.route(SEATS).await;
    let mut tasks = Vec::new();
    for seat in 1..=SEATS {
        let ticket = world.book(world.customer, route, seat, (0, 3)).await.unwrap();
        let (payment, begin) = world.beginning(world.customer, ticket);
        world.execute(begin).await.unwrap();
        let late = world.after(HOLD);
        for command in [
            late.expiring(ticket),
            late.expiring(ticket),
            late.cancelling(late.customer, ticket),
            late.settling(ticket, payment, true),
            late.settling(ticket, payment, true),
        ] {
            let desk = world.desk();
            tasks.push(tokio::spawn(async move { desk.execute(command).await }));
        }
    }
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) | Err(Refusal::InvalidTransition { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    let ledger = world.finish().await;
    for ticket in ledger.tickets.values() {
        let count = |reason| {
            let of_it = |event: &&domain::SeatEvent| {
                event.draft.ticket_id() == Some(ticket.id)
                    && (event.draft.kind, event.draft.reason) == (EventKind::Cancelled, reason)
            };
            ledger.seat_events(route).filter(of_it).count()
        };
        assert!(count(Reason::Expired) <= 1, "expired once at the most");
        assert!(count(Reason::Cancelled) <= 1, "cancelled once at the most");
        assert_ne!(ticket.status, TicketStatus::Reserved, "somebody ended it");
        assert_eq!(ledger.payments[&ticket.id].len(), 1);
        assert_ne!(ledger.payments[&ticket.id][0].state(), PaymentState::Started);
    }
}

pub async fn a_ticket_is_paid_once_by_many<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(1).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let payers: Vec<_> = (0..20)
        .map(|number| {
            let desk = world.desk();
            tokio::spawn(async move {
                match number % 3 {
                    0 => desk.pay(desk.customer, ticket).await.map(drop),
                    1 => desk.pay(desk.agent, ticket).await.map(drop),
                    _ => desk.execute(desk.confirming(desk.agent, ticket)).await.map(drop),
                }
            })
        })
        .collect();
    for payer in payers {
        match payer.await.unwrap() {
            Ok(())
            | Err(
                Refusal::PaymentInProgress
                | Refusal::AlreadyPaid
                | Refusal::InvalidTransition { .. },
            ) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    let ledger = world.finish().await;
    assert_eq!(ledger.tickets[&ticket].payment_status, PaymentStatus::Paid);
    let given_back =
        ledger.payments[&ticket].iter().filter(|p| p.state() != PaymentState::Captured);
    assert!(given_back.clone().all(|payment| payment.state() == PaymentState::Refunding));
}
