//! The desk: every change of a ticket starts here.

use std::sync::Arc;
use std::time::Duration;

use domain::command::{
    Amend, Book, BookingForm, Confirm, Forget, Journey, Suspend, TicketForm, Unchanged, Whom,
};
use domain::fair_use::AddressKey;
use domain::field::name;
use domain::passenger::Phone;
use domain::{
    BookingId, Command, Contact, FairUse, FieldErrors, Gender, NeighbourRule, NeighbourTerms,
    PaymentId, Pnr, Refusal, RuleCheck, TicketId,
};
use jiff::SignedDuration;
use store::{
    Answer, Answers, BookingView, Envelope, Inventory, NodeId, Sender, SettledAnswers, StoreError,
    TicketView, Work,
};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::error::BookingError;
use crate::provider::PaymentProvider;
use crate::source::{NoRandomness, Source};

/// How long seats are held while names are typed, unless it is set otherwise (contract.md, "Running
/// it").
const SEAT_HOLD_SECONDS: i64 = 300;

/// Cheap to clone. Work that must go on without its caller runs on its tracker; see
/// [`Desk::close`].
#[derive(Clone)]
pub struct Desk {
    pub(crate) store: Arc<dyn Inventory>,
    pub(crate) provider: Arc<dyn PaymentProvider>,
    pub(crate) source: Source,
    pub(crate) running: TaskTracker,
    pub(crate) settled: Option<SettledAnswers>,
    /// The node that claims work to be done once.
    node: NodeId,
    hold: SignedDuration,
    seat_hold: SignedDuration,
    /// The callers' limits; `None`: there are none.
    fair_use: Option<FairUse>,
    neighbour_rule: NeighbourRule,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("hold", &self.hold).finish_non_exhaustive()
    }
}

/// The words of `PATCH /tickets/{id}`, as they came.
#[derive(Clone, Debug, Default)]
pub struct TicketChanges {
    pub seat_number: Option<i64>,
    pub gender: Option<Gender>,
    pub phone: Option<String>,
    pub passenger_name: Option<String>,
    pub unchanged: Unchanged,
    pub rule_check: RuleCheck,
}

impl Desk {
    /// `hold_seconds`: how long a reservation may stay unpaid.
    pub fn new(
        store: Arc<dyn Inventory>,
        provider: Arc<dyn PaymentProvider>,
        source: Source,
        hold_seconds: u32,
    ) -> Self {
        let hold = SignedDuration::from_secs(i64::from(hold_seconds));
        Self {
            store,
            provider,
            source,
            running: TaskTracker::new(),
            settled: None,
            node: NodeId(Uuid::nil()),
            hold,
            seat_hold: SignedDuration::from_secs(SEAT_HOLD_SECONDS),
            fair_use: None,
            neighbour_rule: NeighbourRule::Off,
        }
    }

    /// The desk of this node, where several nodes look for the same work.
    #[must_use]
    pub fn of_node(self, node: NodeId) -> Self {
        Self { node, ..self }
    }

    /// This node, as of its start.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// Claims these pieces of work for this long; returns those that this node has.
    pub(crate) async fn claim(
        &self,
        work: Work,
        pieces: Vec<Uuid>,
        claimed_for: Duration,
    ) -> Result<Vec<Uuid>, StoreError> {
        if pieces.is_empty() {
            return Ok(pieces);
        }
        let now = self.source.now();
        self.store.claim_work(self.node, (work, pieces), claimed_for, now).await
    }

    /// Limits callers to fair use.
    #[must_use]
    pub fn with_fair_use(self, fair_use: Option<FairUse>) -> Self {
        Self { fair_use, ..self }
    }

    #[must_use]
    pub fn with_seat_hold_seconds(self, seconds: u32) -> Self {
        Self { seat_hold: SignedDuration::from_secs(i64::from(seconds)), ..self }
    }

    /// The same desk for a caller at this address.
    #[must_use]
    pub fn asked_from(&self, address: AddressKey) -> Self {
        let address = Some(address);
        let fair_use = self.fair_use.map(|fair_use| FairUse { address, ..fair_use });
        Self { fair_use, ..self.clone() }
    }

    /// How long seats are held while names are typed.
    pub(crate) fn seat_hold(&self) -> SignedDuration {
        self.seat_hold
    }

    /// The rule of every route that has none of its own.
    #[must_use]
    pub fn with_neighbour_rule(self, neighbour_rule: NeighbourRule) -> Self {
        Self { neighbour_rule, ..self }
    }

    #[must_use]
    pub fn neighbour_rule(&self) -> NeighbourRule {
        self.neighbour_rule
    }

    /// How to answer the request that began a payment, when any write settles it.
    #[must_use]
    pub fn answering(self, answers: Arc<dyn Answers>) -> Self {
        Self { settled: Some(SettledAnswers(answers)), ..self }
    }

    /// How long a reservation may stay unpaid.
    #[must_use]
    pub fn hold_seconds(&self) -> i64 {
        self.hold.as_secs()
    }

    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Seats for all travellers of all journeys, or for none.
    pub async fn book(
        &self,
        sender: impl Into<Sender>,
        form: BookingForm,
    ) -> Result<BookingView, BookingError> {
        let mut ids = self.source.rising_ids()?;
        let check = form.rule_check;
        let (journeys, contact) = form.check(&mut || ids.next_id()).map_err(Refusal::Invalid)?;
        Ok(self.sell(sender.into(), journeys, contact, check).await?.into_booking())
    }

    /// One seat: a booking of one ticket.
    pub async fn book_ticket(
        &self,
        sender: impl Into<Sender>,
        form: TicketForm,
    ) -> Result<TicketView, BookingError> {
        let check = form.rule_check;
        let (journeys, contact) = form.check(self.source.id()?).map_err(Refusal::Invalid)?;
        Ok(self.sell(sender.into(), journeys, contact, check).await?.into_ticket())
    }

    /// The store's first: those that are drawn are for when it is taken.
    fn pnr_candidates(&self) -> Result<Vec<Pnr>, NoRandomness> {
        let drawn = self.source.pnr_candidates()?;
        Ok(self.store.next_pnr().into_iter().chain(drawn).collect())
    }

    async fn sell(
        &self,
        sender: Sender,
        journeys: Vec<Journey>,
        contact: Contact,
        check: RuleCheck,
    ) -> Result<Answer, BookingError> {
        let book = Book {
            booking_id: self.source.id()?,
            payment_id: self.source.id()?,
            pnr_candidates: self.pnr_candidates()?,
            journeys,
            contact,
            hold: self.hold,
        };
        self.execute_checked(sender, Command::Book(book), check).await
    }

    pub async fn amend(
        &self,
        sender: impl Into<Sender>,
        ticket_id: TicketId,
        changes: TicketChanges,
    ) -> Result<TicketView, BookingError> {
        let mut errors = FieldErrors::default();
        let seat_number = changes
            .seat_number
            .and_then(|number| errors.check("/seatNumber", domain::command::seat_number(number)));
        let phone =
            changes.phone.and_then(|text| errors.check("/userPhoneNumber", Phone::parse(&text)));
        let passenger_name =
            changes.passenger_name.and_then(|text| errors.check("/passengerName", name(&text)));
        errors.into_result().map_err(Refusal::Invalid)?;
        let TicketChanges { gender, unchanged, .. } = changes;
        let amend = Amend { ticket_id, seat_number, gender, phone, passenger_name, unchanged };
        let check = changes.rule_check;
        Ok(self.execute_checked(sender, Command::Amend(amend), check).await?.into_ticket())
    }

    /// A suspended ticket takes its seat again.
    pub async fn confirm(
        &self,
        sender: impl Into<Sender>,
        ticket_id: TicketId,
        check: RuleCheck,
    ) -> Result<TicketView, BookingError> {
        let payment_id: PaymentId = self.source.id()?;
        let confirm = Command::Confirm(Confirm { ticket_id, payment_id });
        Ok(self.execute_checked(sender, confirm, check).await?.into_ticket())
    }

    pub async fn suspend(
        &self,
        sender: impl Into<Sender>,
        ticket_id: TicketId,
    ) -> Result<TicketView, BookingError> {
        Ok(self.execute(sender, Command::Suspend(Suspend { ticket_id })).await?.into_ticket())
    }

    /// Erases the people of a booking that is over; see [`Whom`].
    pub async fn forget(
        &self,
        sender: impl Into<Sender>,
        booking_id: BookingId,
        whom: Whom,
    ) -> Result<(), BookingError> {
        let forget = Forget { booking_id, whom, arrived_by: None };
        self.execute(sender, Command::Forget(forget)).await.map(drop)
    }

    /// Passes one command to the store, as of now.
    pub(crate) async fn execute(
        &self,
        sender: impl Into<Sender>,
        command: Command,
    ) -> Result<Answer, BookingError> {
        self.execute_checked(sender, command, RuleCheck::Enforced).await
    }

    async fn execute_checked(
        &self,
        sender: impl Into<Sender>,
        command: Command,
        check: RuleCheck,
    ) -> Result<Answer, BookingError> {
        let neighbours = NeighbourTerms { house: self.neighbour_rule, check };
        let envelope = Envelope::new(command, sender, self.source.now());
        let envelope = Envelope { neighbours, fair_use: self.fair_use, ..envelope };
        Ok(self.store.execute(envelope).await?)
    }

    /// Runs to its end whether or not the caller still waits.
    pub(crate) async fn detached<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, BookingError>> + Send + 'static,
    ) -> Result<T, BookingError> {
        self.running.spawn(work).await.map_err(BookingError::BrokeOff)?
    }

    /// Waits for all work that goes on without its caller. Call it when no more requests come.
    pub async fn close(&self) {
        self.running.close();
        self.running.wait().await;
    }
}
