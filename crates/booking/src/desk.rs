//! The desk: where every change of a ticket is asked for.

use std::sync::Arc;

use domain::command::{Amend, Book, Cancel, Confirm, PassengerForm, Refund, Suspend};
use domain::field::name;
use domain::passenger::Phone;
use domain::{Account, Actor, Command, FieldErrors, Gender, PaymentId, Refusal, RouteId, TicketId};
use jiff::SignedDuration;
use store::{Answer, CommandError, Envelope, Inventory, StoreError, TicketView};
use tokio_util::task::TaskTracker;

use crate::payments::RefundReceipt;
use crate::provider::PaymentProvider;
use crate::source::{NoRandomness, Source};

/// Cheap to clone. Work that must outlive a hung-up caller runs on its tracker; see [`Desk::close`].
#[derive(Clone)]
pub struct Desk {
    pub(crate) store: Arc<dyn Inventory>,
    pub(crate) provider: Arc<dyn PaymentProvider>,
    pub(crate) source: Source,
    pub(crate) running: TaskTracker,
    hold: SignedDuration,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("hold", &self.hold).finish_non_exhaustive()
    }
}

/// The words of `POST /tickets`, as they came.
#[derive(Clone, Debug)]
pub struct BookingRequest {
    pub route_id: RouteId,
    pub from_city: String,
    pub to_city: String,
    pub seat_number: i64,
    pub gender: Gender,
    pub phone: String,
    pub passenger_name: String,
    pub identity_number: Option<String>,
}

/// The words of `PATCH /tickets/{id}`, as they came.
#[derive(Clone, Debug, Default)]
pub struct TicketChanges {
    pub seat_number: Option<i64>,
    pub gender: Option<Gender>,
    pub phone: Option<String>,
    pub passenger_name: Option<String>,
}

impl From<NoRandomness> for CommandError {
    fn from(error: NoRandomness) -> Self {
        StoreError::failed(error).into()
    }
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
        Self { store, provider, source, running: TaskTracker::new(), hold }
    }

    /// How long a reservation may stay unpaid.
    #[must_use]
    pub fn hold_seconds(&self) -> i64 {
        self.hold.as_secs()
    }

    pub fn source(&self) -> &Source {
        &self.source
    }

    pub async fn book(
        &self,
        actor: Account,
        request: BookingRequest,
    ) -> Result<TicketView, CommandError> {
        let form = PassengerForm {
            seat_number: request.seat_number,
            phone: &request.phone,
            passenger_name: &request.passenger_name,
            identity_number: request.identity_number.as_deref(),
        };
        let details = form.check().map_err(Refusal::Invalid)?;
        let book = Book {
            ticket_id: self.source.id()?,
            payment_id: self.source.id()?,
            pnr_candidates: self.source.pnr_candidates()?,
            route_id: request.route_id,
            from_city: request.from_city,
            to_city: request.to_city,
            seat_number: details.seat_number,
            gender: request.gender,
            phone: details.phone,
            passenger_name: details.passenger_name,
            identity_number: details.identity_number,
            hold: self.hold,
        };
        Ok(self.execute(actor, Command::Book(book)).await?.view)
    }

    pub async fn amend(
        &self,
        actor: Account,
        ticket_id: TicketId,
        changes: TicketChanges,
    ) -> Result<TicketView, CommandError> {
        let mut errors = FieldErrors::default();
        let seat_number = changes
            .seat_number
            .and_then(|number| errors.check("/seatNumber", domain::command::seat_number(number)));
        let phone =
            changes.phone.and_then(|text| errors.check("/userPhoneNumber", Phone::parse(&text)));
        let passenger_name =
            changes.passenger_name.and_then(|text| errors.check("/passengerName", name(&text)));
        errors.into_result().map_err(Refusal::Invalid)?;
        let gender = changes.gender;
        let amend = Amend { ticket_id, seat_number, gender, phone, passenger_name };
        Ok(self.execute(actor, Command::Amend(amend)).await?.view)
    }

    pub async fn confirm(
        &self,
        actor: Account,
        ticket_id: TicketId,
    ) -> Result<TicketView, CommandError> {
        let payment_id: PaymentId = self.source.id()?;
        let confirm = Confirm { ticket_id, payment_id };
        Ok(self.execute(actor, Command::Confirm(confirm)).await?.view)
    }

    pub async fn suspend(
        &self,
        actor: Account,
        ticket_id: TicketId,
    ) -> Result<TicketView, CommandError> {
        Ok(self.execute(actor, Command::Suspend(Suspend { ticket_id })).await?.view)
    }

    /// Frees the seat; captured money goes back.
    pub async fn cancel(
        &self,
        actor: Account,
        ticket_id: TicketId,
    ) -> Result<TicketView, CommandError> {
        Ok(self.give_up(actor, Command::Cancel(Cancel { ticket_id })).await?.view)
    }

    /// A cancellation that insists on there being money to give back.
    pub async fn refund(
        &self,
        actor: Account,
        ticket_id: TicketId,
    ) -> Result<RefundReceipt, CommandError> {
        let outcome = self.give_up(actor, Command::Refund(Refund { ticket_id })).await?;
        let payment = outcome.payment.ok_or(Refusal::NotPaid)?;
        Ok(RefundReceipt { view: outcome.view, payment })
    }

    /// Commits the cancellation, then asks the provider for what it left to be given back; on a task
    /// of its own, so that a caller who hangs up in between does not leave money lying.
    async fn give_up(&self, actor: Account, command: Command) -> Result<Answer, CommandError> {
        let desk = self.clone();
        self.detached(async move {
            let mut outcome = desk.execute(actor, command).await?;
            if let Some(payment) = outcome.payment.take() {
                outcome.payment = Some(desk.give_back(payment).await);
            }
            Ok(outcome)
        })
        .await
    }

    /// Hands one command to the store, as of now.
    pub(crate) async fn execute(
        &self,
        actor: impl Into<Actor>,
        command: Command,
    ) -> Result<Answer, CommandError> {
        self.store.execute(Envelope::new(command, actor, self.source.now())).await
    }

    /// Runs to its end whether or not the caller still waits.
    pub(crate) async fn detached<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, CommandError>> + Send + 'static,
    ) -> Result<T, CommandError> {
        self.running.spawn(work).await.map_err(StoreError::failed)?
    }

    /// Waits for everything that outlives its caller. Call it when no more requests come.
    pub async fn close(&self) {
        self.running.close();
        self.running.wait().await;
    }
}
