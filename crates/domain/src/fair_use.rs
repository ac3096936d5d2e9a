//! Fair use of a departure (contract.md, "Fair use"): how many unpaid seats one caller may keep
//! from others, and when a caller has let so many run out that it has to wait.
//!
//! It is decided on the state inside the transaction. Of an address only a keyed hash is known.

mod caller;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::ticket::CancelCause;
use crate::{Hold, HoldState, Holder, Refusal, Ticket, TicketStatus};

pub use caller::{AddressKey, Caller};

/// Seats that ran out unpaid are remembered for this long.
pub const RUN_OUT_SECONDS: i64 = 3_600;

/// After this many times within that time, their caller has to wait.
pub const RUN_OUTS_MAX: usize = 3;

/// What all callers behind one address may owe of a departure's seats together, whether they have
/// accounts or not: accounts are free, so many of them are no reason to let one address close a
/// bus. Seats that are paid count no more, so a crowd behind one address can go on as fast as it
/// pays.
pub const SEATS_PER_ADDRESS_PERCENT_MAX: u16 = 50;

/// The limits of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FairUse {
    pub seats_per_caller: u16,
    /// Of all callers without an account behind one address.
    pub seats_per_address: u16,
    /// Where the caller comes from, if it came over the network.
    pub address: Option<AddressKey>,
}

impl FairUse {
    /// Never less than one caller alone may owe, or a family could not book on a small bus.
    fn share_of_address(self, bus_seats: u16) -> u16 {
        let share = u32::from(bus_seats) * u32::from(SEATS_PER_ADDRESS_PERCENT_MAX) / 100;
        // At most as many as the bus has.
        u16::try_from(share).unwrap_or(bus_seats).max(self.seats_per_caller)
    }
}

/// Seats of a departure that a caller keeps from others unpaid, or has let run out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// `None`: a hold taken without an account.
    pub caller: Option<Caller>,
    pub address: Option<AddressKey>,
    pub seats: u16,
    /// What was taken together runs out together, and counts once.
    pub since: Timestamp,
    pub ends_at: Timestamp,
    pub ran_out_at: Option<Timestamp>,
}

/// All claims to one departure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims(BTreeMap<Holder, Claim>);

/// Seats that a caller asks for.
#[derive(Clone, Copy, Debug)]
pub struct Taking<'a> {
    pub caller: Option<&'a Caller>,
    pub seats: u16,
    /// Seats of these holds are not counted too: they become the seats asked for.
    pub instead_of: &'a [Holder],
}

impl Claims {
    pub fn put(&mut self, holder: Holder, claim: Claim) {
        self.0.insert(holder, claim);
    }

    pub fn get(&self, holder: Holder) -> Option<&Claim> {
        self.0.get(&holder)
    }

    pub fn iter(&self) -> impl Iterator<Item = (Holder, &Claim)> {
        self.0.iter().map(|(holder, claim)| (*holder, claim))
    }

    /// The claim as it is to stand; `None`: it is paid, or was given back.
    pub(crate) fn set(&mut self, holder: Holder, claim: Option<Claim>) {
        match claim {
            Some(claim) => drop(self.0.insert(holder, claim)),
            None => drop(self.0.remove(&holder)),
        }
    }

    /// Forgets what ran out so long ago that it counts no more.
    pub(crate) fn forget_before(&mut self, now: Timestamp) {
        let oldest = now - SignedDuration::from_secs(RUN_OUT_SECONDS);
        self.0.retain(|_, claim| claim.ran_out_at.is_none_or(|at| at > oldest));
    }

    /// Whether these seats may be taken too, on a bus with this many seats.
    pub fn allow(
        &self,
        taking: Taking<'_>,
        (fair, bus_seats): (FairUse, u16),
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if let Some(until) = self.waits_until(taking, fair, now) {
            return Err(too_many(until, now));
        }
        let is_own =
            |claim: &Claim| taking.caller.is_some() && claim.caller.as_ref() == taking.caller;
        self.at_most(fair.seats_per_caller, taking, now, is_own)?;
        if fair.address.is_none() {
            return Ok(());
        }
        let is_from_here = |claim: &Claim| claim.address == fair.address;
        self.at_most(fair.share_of_address(bus_seats), taking, now, is_from_here)?;
        let has_account = |caller: Option<&Caller>| matches!(caller, Some(Caller::Account(_)));
        if has_account(taking.caller) {
            return Ok(());
        }
        self.at_most(fair.seats_per_address, taking, now, |claim| {
            is_from_here(claim) && !has_account(claim.caller.as_ref())
        })
    }

    fn at_most(
        &self,
        seats_max: u16,
        taking: Taking<'_>,
        now: Timestamp,
        counts: impl Fn(&Claim) -> bool,
    ) -> Result<(), Refusal> {
        let counted = || {
            let others = self.0.iter().filter(|(holder, _)| !taking.instead_of.contains(holder));
            let live = others.map(|(_, claim)| claim).filter(|claim| claim.ran_out_at.is_none());
            live.filter(|claim| counts(claim))
        };
        let held: u64 = counted().map(|claim| u64::from(claim.seats)).sum();
        if held + u64::from(taking.seats) <= u64::from(seats_max) {
            return Ok(());
        }
        Err(too_many(counted().map(|claim| claim.ends_at).min().unwrap_or(now), now))
    }

    /// Until when the caller has to wait, because seats ran out again and again.
    fn waits_until(&self, taking: Taking<'_>, fair: FairUse, now: Timestamp) -> Option<Timestamp> {
        let hour = SignedDuration::from_secs(RUN_OUT_SECONDS);
        let ran_out = || {
            let at = |claim: &'_ Claim| claim.ran_out_at.filter(|at| *at + hour > now);
            self.0.values().filter_map(move |claim| Some((at(claim)?, claim)))
        };
        let own = ran_out()
            .filter(|(_, claim)| taking.caller.is_some() && claim.caller.as_ref() == taking.caller);
        // What was taken together counts once, from when the last of it ran out.
        let mut times: BTreeMap<Timestamp, Timestamp> = BTreeMap::new();
        for (at, claim) in own {
            times.entry(claim.since).and_modify(|last| *last = at.max(*last)).or_insert(at);
        }
        let mut times: Vec<Timestamp> = times.into_values().collect();
        times.sort_unstable();
        let by_caller = times.into_iter().nth_back(RUN_OUTS_MAX - 1).map(|at| at + hour);

        // Many people sit behind one address, and one person may have many accounts: seats are
        // counted there, as many as one caller alone could let run out before it waits.
        let seats_max = u64::from(fair.seats_per_caller) * RUN_OUTS_MAX as u64;
        let mut behind: Vec<(Timestamp, u64)> = ran_out()
            .filter(|(_, claim)| fair.address.is_some() && claim.address == fair.address)
            .map(|(at, claim)| (at, claim.seats.into()))
            .collect();
        behind.sort_unstable_by(|a, b| b.cmp(a));
        let mut seats = 0;
        let by_address = behind.into_iter().find(|(_, more)| {
            seats += more;
            seats >= seats_max
        });
        by_caller.max(by_address.map(|(at, _)| at + hour))
    }
}

fn too_many(until: Timestamp, now: Timestamp) -> Refusal {
    // Rounded up: a caller that tries again then is not too early.
    let seconds = (until.duration_since(now).as_millis() + 999) / 1_000;
    Refusal::TooManySeats { retry_after_seconds: u32::try_from(seconds.max(1)).unwrap_or(u32::MAX) }
}

impl Claim {
    /// What a ticket claims after a change; `known` is its claim before.
    pub(crate) fn of_ticket(
        before: Option<&Ticket>,
        after: &Ticket,
        known: Option<&Self>,
        address: Option<AddressKey>,
    ) -> Option<Self> {
        let Some(ends_at) = after.expires_at else {
            let ran_out = after.status == TicketStatus::Cancelled
                && after.cancel_cause == Some(CancelCause::Expired)
                && before.is_some_and(|before| before.status != after.status);
            // Touched later, it still ran out.
            let stays = after.cancel_cause == Some(CancelCause::Expired) && !ran_out;
            return match known {
                Some(claim) if ran_out => Some(claim.run_out(after.cancelled_at)),
                Some(claim) if stays => Some(claim.clone()),
                _ => None,
            };
        };
        let address = known.map_or(address, |known| known.address);
        Some(Self { address, ..Self::of_reservation(after, ends_at) })
    }

    /// The claim of a ticket that is reserved until then.
    pub fn of_reservation(ticket: &Ticket, ends_at: Timestamp) -> Self {
        let caller = match ticket.user_id {
            Some(id) => Caller::Account(id),
            None => Caller::Phone(ticket.phone.clone()),
        };
        Self::of_seat(caller, ticket.created_at, ends_at)
    }

    /// The claim of one seat that was reserved then and is until then.
    pub fn of_seat(caller: Caller, since: Timestamp, ends_at: Timestamp) -> Self {
        Self { caller: Some(caller), address: None, seats: 1, since, ends_at, ran_out_at: None }
    }

    /// It ended then, even if it was to end at another time.
    fn run_out(&self, at: Option<Timestamp>) -> Self {
        Self { ends_at: at.unwrap_or(self.ends_at), ran_out_at: at, ..self.clone() }
    }

    /// What a hold claims after a change; `known` is its claim before.
    pub(crate) fn of_hold(after: &Hold, known: Option<&Self>) -> Option<Self> {
        match after.state {
            HoldState::Live => Some(Self::of_live_hold(after)),
            HoldState::Expired => Some(known?.run_out(after.ended_at)),
            HoldState::Released | HoldState::Booked => None,
        }
    }

    pub fn of_live_hold(hold: &Hold) -> Self {
        Self {
            caller: hold.caller.clone(),
            address: hold.address,
            // At most HOLD_SEATS_MAX.
            seats: u16::try_from(hold.seats.len()).unwrap_or(u16::MAX),
            since: hold.created_at,
            ends_at: hold.expires_at,
            ran_out_at: None,
        }
    }
}
