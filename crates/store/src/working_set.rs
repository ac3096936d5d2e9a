//! The group step: what a driver has loaded for a group of commands, the commands decided on it one
//! after the other, and what is then to be written.
//!
//! A driver does four things: it puts in what the commands' scopes name, has each command decided
//! in turn, writes what [`WorkingSet::take_writes`] returns, and commits. Everything here is plain,
//! synchronous code: it never waits and never reads a clock.
//!
//! Invariant: what is written is exactly the difference between what was loaded and what stands
//! now. A refused command leaves no difference. When the commit fails, all of the set is forgotten.

mod writes;

use std::collections::HashMap;
use std::sync::Arc;

use domain::audit::{self, Audited, Shown, Terms};
use domain::{
    Account, Block, BookingFacts, BookingId, Command, Facts, PaymentId, Refusal, RouteFacts,
    Subject, TicketId, UserId,
};

use jiff::Timestamp;

use crate::{
    About, Answer, AuditRow, BookingView, Done, Envelope, Key, KeyId, KeyRow, KeyState, RouteView,
    Sender, SettledAnswers, TicketView, UserBrief,
};
use writes::Touched;

pub use writes::{Leg, Row, Writes};

/// Routes kept from one group to the next; any beyond are read again when they are needed. A route
/// with a full bus of fifty seats and three legs takes some 20 KB.
pub const ROUTES_KEPT_MAX: usize = 1_024;

/// What a group is decided on, and what it has changed so far.
#[derive(Debug, Default)]
pub struct WorkingSet {
    facts: Facts,
    people: HashMap<UserId, UserBrief>,
    keys: HashMap<KeyId, KeyRow>,
    touched: Touched,
}

impl WorkingSet {
    /// What decisions read, and changes are applied to.
    pub fn facts(&mut self) -> &mut Facts {
        &mut self.facts
    }

    /// Puts what is known of a route.
    pub fn put_route(&mut self, facts: RouteFacts) {
        self.facts.put_route(facts);
    }

    /// Puts what an answer shows of an account.
    pub fn put_person(&mut self, person: UserBrief) {
        self.people.insert(person.id, person);
    }

    /// Whether this account was loaded.
    pub fn has_person(&self, id: UserId) -> bool {
        self.people.contains_key(&id)
    }

    /// What stands under a key, as far as it was read or set in this group.
    pub fn key(&self, id: KeyId) -> Option<&KeyRow> {
        self.keys.get(&id)
    }

    /// The refusal that a request under this key gets from what stands under it, as far as it was
    /// read or set in this group; `None`: nothing there counts.
    pub fn meet(&self, key: &Key, now: Timestamp) -> Option<Refusal> {
        key.known_as().find_map(|known| self.key(known.id)?.meet(key, now))
    }

    /// The key that waits for this payment, as far as it was read or set in this group.
    pub fn key_of(&self, payment_id: PaymentId) -> Option<&KeyRow> {
        self.keys.values().find(|row| row.state == KeyState::Running(payment_id))
    }

    /// Puts what stands under a key.
    pub fn put_key(&mut self, row: KeyRow) {
        self.keys.insert(row.id, row);
    }

    /// From now on this stands under the key.
    pub fn set_key(&mut self, row: KeyRow) {
        self.touched.note_key(row.clone());
        self.put_key(row);
    }

    /// The request that began a payment gets its answer with the payment's end, whichever write
    /// brings that. The key that waits for it, if there is one, was put in before.
    pub fn settle_key(&mut self, payment_id: PaymentId, sender: &Sender, done: &Done) {
        let row = self.key_of(payment_id).and_then(|row| match &sender.settled {
            Some(SettledAnswers(answers)) => row.settled(answers.as_ref(), done),
            None => Some(row.released()),
        });
        if let Some(row) = row {
            self.set_key(row);
        }
    }

    /// Decides one command on what stands now. A refusal changes nothing.
    pub fn decide(&mut self, command: &Command, envelope: &Envelope) -> Result<Answer, Refusal> {
        let Sender { actor, expected, .. } = &envelope.sender;
        let change = command.decide(envelope.asked(), &self.facts)?;
        // Last: a request that is refused for another reason gets that reason, with any version.
        if let Some(expected) = expected
            && let Some(version) = self.version(command)
        {
            expected.check(version)?;
        }
        let changed = !change.is_nothing();
        // A token can be older than the database.
        let is_unknown = |id| !self.people.contains_key(&id);
        if changed && actor.user_id().is_some_and(is_unknown) {
            return Err(Refusal::UserNotFound);
        }
        let applied = self.facts.apply(change)?;
        let terms = Terms {
            rule_check: envelope.neighbours.check,
            settles_payment: matches!(command, Command::SettlePayment(_)),
        };
        self.audit(envelope, audit::of_applied(&applied, &self.facts, terms));
        let payments = applied.payments.iter().map(|(payment, _)| payment.clone()).collect();
        let block = applied.blocks.first().map(|(block, _)| block.clone());
        self.touched.note(applied);
        let about = self.about(command, block)?;
        if !changed && let Some(account) = actor.account() {
            // A command that changes nothing is answered too.
            let shown = shown_of(&about, account);
            self.audit(envelope, shown.as_ref().map(Audited::shown));
        }
        Ok(Answer { about, payments, changed })
    }

    /// What the answer shows; `block`: the one that the command wrote.
    fn about(&self, command: &Command, block: Option<Block>) -> Result<About, Refusal> {
        let named = match command {
            Command::SettlePayment(settle) => settle.named,
            _ => None,
        };
        Ok(match (command, command.subject()) {
            (Command::Hold(hold), _) => About::Hold(self.facts.hold_by(hold.key())?.clone()),
            (_, Some(Subject::Ticket(id))) => About::Ticket(Box::new(self.view(id)?)),
            (_, Some(Subject::Booking(id))) => {
                About::Booking { view: Box::new(self.booking_view(id)?), named }
            }
            (_, None) => About::Block(block.ok_or(Refusal::BlockNotFound)?),
        })
    }

    /// Adds the audit's rows of a write.
    pub fn audit(&mut self, envelope: &Envelope, audited: impl IntoIterator<Item = Audited>) {
        let row = |audited| AuditRow::new(envelope, audited);
        self.touched.note_audit(audited.into_iter().map(row));
    }

    /// What has to be written for the commands since the last call.
    pub fn take_writes(&mut self) -> Writes {
        std::mem::take(&mut self.touched).into_writes(&self.facts)
    }

    /// After a commit: only the routes are kept, because only this store's commands change them.
    pub fn keep_routes(&mut self) {
        self.facts.keep_routes();
        self.facts.forget_routes_beyond(ROUTES_KEPT_MAX);
        self.people.clear();
        self.keys.clear();
    }

    /// After a failed commit: what stands here may never have happened.
    pub fn forget_all(&mut self) {
        *self = Self::default();
    }

    /// When the thing that a command is about was last changed, if it exists already.
    fn version(&self, command: &Command) -> Option<Timestamp> {
        match command.subject()? {
            Subject::Ticket(id) => Some(self.facts.ticket(id).ok()?.ticket.updated_at),
            Subject::Booking(id) => {
                let on = self.facts.booking(id).ok()?;
                Some(on.booking.version(on.tickets.iter().map(|on| on.ticket)))
            }
        }
    }

    fn booking_view(&self, id: BookingId) -> Result<BookingView, Refusal> {
        let BookingFacts { booking, tickets, payments } = self.facts.booking(id)?;
        let views = tickets.iter().map(|on| self.view(on.ticket.id));
        Ok(BookingView {
            booking: booking.clone(),
            tickets: views.collect::<Result<_, _>>()?,
            payments: payments.to_vec(),
        })
    }

    fn view(&self, id: TicketId) -> Result<TicketView, Refusal> {
        let ticket = self.facts.ticket(id)?.ticket;
        let RouteFacts { route, bus, .. } = self.facts.route(ticket.route_id)?;
        let person = |id: Option<UserId>| id.and_then(|id| self.people.get(&id).cloned());
        Ok(TicketView {
            ticket: ticket.clone(),
            route: RouteView { route: route.clone(), bus: Arc::clone(bus) },
            user: person(ticket.user_id),
            issued_by: person(ticket.issued_by_id),
        })
    }
}

/// What staff who are answered with it have seen; `None`: nothing personal.
fn shown_of(about: &About, account: Account) -> Option<Shown> {
    match about {
        About::Ticket(view) => Shown::ticket(&view.ticket, account),
        About::Booking { view, .. } => {
            let tickets = view.tickets.iter().map(|view| &view.ticket);
            Shown::booking(view.booking.id, tickets, account)
        }
        About::Hold(_) | About::Block(_) => None,
    }
}
