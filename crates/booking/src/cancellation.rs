//! Cancels tickets: the seats become free, and captured money goes back to the payer.
//!
//! The cancellation is committed first. The provider is asked after that, so that no money goes
//! back for a ticket that is still valid.

use domain::command::{Cancel, CancelBooking, Refund};
use domain::{BookingId, Command, Share, TicketId};
use store::{Answer, BookingView, Sender, TicketView};

use crate::desk::Desk;
use crate::error::BookingError;

#[derive(Debug)]
pub struct RefundReceipt {
    pub view: TicketView,
    /// `REFUNDED`, or `REFUNDING` while the provider has not confirmed it yet.
    pub share: Share,
}

impl Desk {
    /// Frees the seat; captured money goes back.
    pub async fn cancel(
        &self,
        sender: impl Into<Sender>,
        ticket_id: TicketId,
    ) -> Result<TicketView, BookingError> {
        Ok(self.give_up(sender.into(), Command::Cancel(Cancel { ticket_id })).await?.into_ticket())
    }

    /// The same for all tickets of a booking that can still be cancelled.
    pub async fn cancel_booking(
        &self,
        sender: impl Into<Sender>,
        booking_id: BookingId,
    ) -> Result<BookingView, BookingError> {
        let command = Command::CancelBooking(CancelBooking { booking_id });
        Ok(self.give_up(sender.into(), command).await?.into_booking())
    }

    /// A cancellation that is refused when there is no money to give back.
    pub async fn refund(
        &self,
        sender: impl Into<Sender>,
        ticket_id: TicketId,
    ) -> Result<RefundReceipt, BookingError> {
        let mut answer = self.give_up(sender.into(), Command::Refund(Refund { ticket_id })).await?;
        let Some(payment) = answer.payments.pop() else {
            unreachable!("a refund that was not refused leaves a payment to be given back")
        };
        let Some(share) = payment.share(ticket_id).copied() else {
            unreachable!("what is given back for a ticket is a share for it")
        };
        Ok(RefundReceipt { view: answer.into_ticket(), share })
    }

    /// Commits the cancellation, then asks the provider for the refunds that it owes. On a task of
    /// its own: the refunds are asked for even if the caller closes the connection in between.
    async fn give_up(&self, sender: Sender, command: Command) -> Result<Answer, BookingError> {
        let desk = self.clone();
        self.detached(async move {
            let mut answer = desk.execute(sender, command).await?;
            for payment in &mut answer.payments {
                *payment = desk.give_back(payment.clone()).await;
            }
            Ok(answer)
        })
        .await
    }
}
