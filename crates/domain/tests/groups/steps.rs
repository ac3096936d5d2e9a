//! Random steps: every command of the inventory, by any actor, about anything that exists.

use domain::command::{
    Amend, BlockCommand, BlockSeats, Cancel, CancelBooking, ChargeOutcome, Confirm, Expire,
    ExpireHold, ExtendHold, FinishRefund, HoldCommand, LiftBlock, Refund, ReleaseHold, Suspend,
    TakeHold, Unchanged,
};
use domain::hold::TokenHash;
use domain::*;
use jiff::SignedDuration;
use proptest::prelude::*;

use super::world::{CITIES, SEAT_HOLD, SEATS, World, captured};

type Travellers = Vec<(Option<u16>, Gender)>;

#[derive(Clone, Debug)]
enum Act {
    Book { out: Travellers, back: Option<Travellers>, with_hold: bool, insists: bool },
    Hold { seats: Vec<u16> },
    Extend,
    Release,
    ExpireHold,
    Block { seats: Vec<u16> },
    Lift,
    Amend { seat: Option<u16>, gender: Option<Gender>, insists: bool },
    Confirm,
    Suspend,
    Cancel,
    CancelBooking,
    Refund,
    Expire,
    BeginPayment { of_booking: bool },
    Settle { captured: bool },
    FinishRefund,
    Wait { seconds: i64 },
    SwitchRoute,
}

/// What has to be done now and then, or the property says little.
pub(crate) const HAPPENS: [&str; 19] = [
    "a block is lifted",
    "a booking is cancelled",
    "a group is booked",
    "a hold becomes a booking",
    "a hold ends by its time",
    "a hold is extended",
    "a hold is let go",
    "a payment begins",
    "a refund is done",
    "a return is booked",
    "a ticket is amended",
    "a ticket is cancelled",
    "a ticket is confirmed",
    "a ticket is refunded",
    "a ticket is suspended",
    "beside a stranger is refused",
    "seats are blocked",
    "seats are held",
    "staff insist",
];

#[derive(Clone, Debug)]
pub(crate) struct Step {
    act: Act,
    actor: usize,
    route: usize,
    stops: (usize, usize),
    which: prop::sample::Index,
}

fn gender() -> impl Strategy<Value = Gender> {
    prop::sample::select(Gender::ALL.to_vec())
}

fn seats() -> impl Strategy<Value = Vec<u16>> {
    prop::sample::subsequence((1..=SEATS).collect::<Vec<_>>(), 1..4)
}

/// Each names a seat of their own, or none.
fn travellers() -> impl Strategy<Value = Travellers> {
    let seats: Vec<u16> = (1..=SEATS).collect();
    (Just(seats).prop_shuffle(), prop::collection::vec((any::<bool>(), gender()), 1..=4)).prop_map(
        |(seats, travellers)| {
            let travellers = travellers.into_iter().zip(seats);
            travellers.map(|((names, gender), seat)| (names.then_some(seat), gender)).collect()
        },
    )
}

impl Arbitrary for Step {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        let book = (
            travellers(),
            prop::option::weighted(0.4, travellers()),
            any::<bool>(),
            prop::bool::weighted(0.2),
        );
        let book = book.prop_map(|(out, back, with_hold, insists)| Act::Book {
            out,
            back,
            with_hold,
            insists,
        });
        let amend =
            (prop::option::of(1..=SEATS), prop::option::of(gender()), prop::bool::weighted(0.2));
        let amend = amend.prop_map(|(seat, gender, insists)| Act::Amend { seat, gender, insists });
        let act = prop_oneof![
            6 => book,
            3 => seats().prop_map(|seats| Act::Hold { seats }),
            1 => Just(Act::Extend),
            1 => Just(Act::Release),
            1 => Just(Act::ExpireHold),
            1 => seats().prop_map(|seats| Act::Block { seats }),
            1 => Just(Act::Lift),
            3 => amend,
            2 => Just(Act::Confirm),
            2 => Just(Act::Suspend),
            1 => Just(Act::Cancel),
            1 => Just(Act::CancelBooking),
            1 => Just(Act::Refund),
            2 => Just(Act::Expire),
            3 => any::<bool>().prop_map(|of_booking| Act::BeginPayment { of_booking }),
            3 => prop::bool::weighted(0.7).prop_map(|captured| Act::Settle { captured }),
            1 => Just(Act::FinishRefund),
            // Now and then so long that some stops, or all, have been left.
            2 => prop_oneof![6 => 0..600i64, 1 => 0..20_000i64]
                .prop_map(|seconds| Act::Wait { seconds }),
            1 => Just(Act::SwitchRoute),
        ];
        let stops = (0..3usize, 1..=3usize)
            .prop_map(|(from, legs)| (from, (from + legs).min(CITIES.len() - 1)));
        (act, 0..4usize, 0..2usize, stops, any::<prop::sample::Index>())
            .prop_map(|(act, actor, route, stops, which)| Self { act, actor, route, stops, which })
            .boxed()
    }
}

impl World {
    /// Takes one random step; a refusal is a fine outcome.
    pub(crate) fn take_step(&mut self, step: &Step) {
        let actor = [self.customer, self.other, self.agent, self.admin][step.actor];
        match self.act(step, actor) {
            Some((Ok(()), what)) => *self.done.entry(what).or_default() += 1,
            Some((Err(Refusal::NeighbourRule { .. }), _)) => {
                *self.done.entry("beside a stranger is refused").or_default() += 1;
            }
            Some((Err(_), _)) | None => {}
        }
    }

    fn act(&mut self, step: &Step, actor: Account) -> Option<(Result<(), Refusal>, &'static str)> {
        if let Some(outcome) = self.act_on_seats(step, actor) {
            return outcome;
        }
        let tickets: Vec<TicketId> = self.tickets.keys().copied().collect();
        if tickets.is_empty() {
            return None;
        }
        let ticket_id = *step.which.get(&tickets);
        let booking_id = self.tickets[&ticket_id].booking_id;
        let (what, by, command, insists) = match &step.act {
            Act::Amend { seat, gender, insists } => {
                let seat_number = seat.and_then(SeatNumber::new);
                let (phone, passenger_name, unchanged) = (None, None, Unchanged::default());
                let gender = *gender;
                let amend =
                    Amend { ticket_id, seat_number, gender, phone, passenger_name, unchanged };
                ("a ticket is amended", actor.into(), Command::Amend(amend), *insists)
            }
            Act::Confirm => {
                let confirm = Confirm { ticket_id, payment_id: self.id() };
                ("a ticket is confirmed", actor.into(), Command::Confirm(confirm), false)
            }
            Act::Suspend => {
                let suspend = Command::Suspend(Suspend { ticket_id });
                ("a ticket is suspended", actor.into(), suspend, false)
            }
            Act::Cancel => {
                let cancel = Command::Cancel(Cancel { ticket_id });
                ("a ticket is cancelled", actor.into(), cancel, false)
            }
            Act::CancelBooking => {
                let cancel = Command::CancelBooking(CancelBooking { booking_id });
                ("a booking is cancelled", actor.into(), cancel, false)
            }
            Act::Refund => {
                let refund = Command::Refund(Refund { ticket_id });
                ("a ticket is refunded", actor.into(), refund, false)
            }
            Act::Expire => {
                let expire = Command::Expire(Expire { ticket_id });
                ("a reservation ends by its time", Actor::System, expire, false)
            }
            Act::BeginPayment { of_booking } => {
                let subject = match of_booking {
                    true => Subject::Booking(booking_id),
                    false => Subject::Ticket(ticket_id),
                };
                return Some((self.begin_payment(actor, subject).map(drop), "a payment begins"));
            }
            Act::Settle { captured: is_captured } => {
                let payments: Vec<_> = self.payments.keys().copied().collect();
                if payments.is_empty() {
                    return None;
                }
                let declined = || ChargeOutcome::Declined { code: "NO".into() };
                let outcome = if *is_captured { captured() } else { declined() };
                self.settle(*step.which.get(&payments), outcome);
                return None;
            }
            Act::FinishRefund => {
                let is_owed = |share: &&Share| share.state == PaymentState::Refunding;
                let owed = self.payments.values().flat_map(|payment| {
                    payment
                        .shares
                        .iter()
                        .filter(is_owed)
                        .map(move |share| (payment, share.ticket_id))
                });
                let owed: Vec<_> =
                    owed.map(|(payment, id)| (payment.booking_id, payment.id, id)).collect();
                if owed.is_empty() {
                    return None;
                }
                let (booking_id, payment_id, ticket_id) = *step.which.get(&owed);
                let finish = FinishRefund { booking_id, payment_id, ticket_id };
                ("a refund is done", Actor::System, Command::FinishRefund(finish), false)
            }
            _ => return None,
        };
        Some((self.execute(by, &command, insists), what))
    }

    /// Commands about seats and not about a ticket; `None`: this step is none of them.
    #[expect(
        clippy::option_option,
        reason = "a step may be of this kind and yet find nothing to do"
    )]
    fn act_on_seats(
        &mut self,
        step: &Step,
        actor: Account,
    ) -> Option<Option<(Result<(), Refusal>, &'static str)>> {
        let (route_id, stops) = (self.routes[step.route], step.stops);
        let live: Vec<(HoldId, TokenHash)> = self
            .holds
            .values()
            .filter(|hold| hold.places().next().is_some())
            .map(|hold| (hold.id, hold.token))
            .collect();
        let held = (!live.is_empty()).then(|| *step.which.get(&live));
        let with_hold = |world: &mut Self, what, command| {
            Some((world.execute(Actor::Anonymous, &Command::Hold(command), false), what))
        };
        Some(match &step.act {
            Act::Wait { seconds } => {
                self.now += SignedDuration::from_secs(*seconds);
                None
            }
            Act::SwitchRoute => {
                let mut facts = self.facts.route(route_id).unwrap().clone();
                facts.route.is_active ^= true;
                self.facts.put_route(facts);
                None
            }
            Act::Book { out, back, with_hold, insists } => {
                Some(self.book_some(actor, step, (out, back.as_ref()), *with_hold, *insists))
            }
            Act::Hold { seats } => {
                let hold_id: HoldId = self.id();
                let mut token = TokenHash([0; 32]);
                token.0[..16].copy_from_slice(hold_id.0.as_bytes());
                let take = HoldCommand::Take(TakeHold {
                    hold_id,
                    token,
                    route_id,
                    from_city: CITIES[stops.0].into(),
                    to_city: CITIES[stops.1].into(),
                    seats: seats.iter().map(|seat| SeatNumber::new(*seat).unwrap()).collect(),
                    length: SEAT_HOLD,
                });
                let outcome = self.execute(actor, &Command::Hold(take), false);
                Some((outcome, "seats are held"))
            }
            Act::Extend => held.and_then(|(_, token)| {
                let extend = HoldCommand::Extend(ExtendHold { token, length: SEAT_HOLD });
                with_hold(self, "a hold is extended", extend)
            }),
            Act::Release => held.and_then(|(_, token)| {
                with_hold(self, "a hold is let go", HoldCommand::Release(ReleaseHold { token }))
            }),
            Act::ExpireHold => held.and_then(|(hold_id, _)| {
                let events = self.events.len();
                let expire = HoldCommand::Expire(ExpireHold { hold_id });
                let ended = with_hold(self, "a hold ends by its time", expire);
                ended.filter(|_| self.events.len() > events)
            }),
            Act::Block { seats } => {
                let block = BlockCommand::Take(BlockSeats {
                    block_id: self.id(),
                    route_id,
                    from_city: Some(CITIES[stops.0].into()),
                    to_city: Some(CITIES[stops.1].into()),
                    seats: seats.iter().map(|seat| SeatNumber::new(*seat).unwrap()).collect(),
                    reason: "Broken belt".into(),
                });
                Some((self.execute(actor, &Command::Block(block), false), "seats are blocked"))
            }
            Act::Lift => {
                let blocks: Vec<_> = self.blocks.keys().copied().collect();
                (!blocks.is_empty()).then(|| {
                    let block_id = *step.which.get(&blocks);
                    let route_id = self.blocks[&block_id].route_id;
                    let lift = BlockCommand::Lift(LiftBlock { block_id, route_id });
                    (self.execute(actor, &Command::Block(lift), false), "a block is lifted")
                })
            }
            _ => return None,
        })
    }

    fn book_some(
        &mut self,
        actor: Account,
        step: &Step,
        (out, back): (&Travellers, Option<&Travellers>),
        with_hold: bool,
        insists: bool,
    ) -> (Result<(), Refusal>, &'static str) {
        let first = if back.is_some() { self.routes[0] } else { self.routes[step.route] };
        let mut journey = self.journey(first, step.stops, out);
        let live = self
            .holds
            .values()
            .rfind(|hold| with_hold && hold.route_id == first && hold.is_live(self.now));
        let held = live.map(|hold| (hold.token, hold.segment));
        if let Some((token, segment)) = held {
            journey.hold = Some(token);
            journey.from_city = CITIES[segment.from().as_usize()].into();
            journey.to_city = CITIES[segment.to().as_usize()].into();
        }
        let mut journeys = vec![journey];
        if let Some(back) = back {
            journeys.push(self.journey(self.routes[1], step.stops, back));
        }
        let what = match (insists, back, out.len()) {
            (true, ..) => "staff insist",
            _ if held.is_some() => "a hold becomes a booking",
            (_, Some(_), _) => "a return is booked",
            (_, None, 1) => "a ticket is booked",
            _ => "a group is booked",
        };
        (self.book(actor, journeys, insists).map(drop), what)
    }
}
