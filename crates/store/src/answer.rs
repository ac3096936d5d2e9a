//! The answer to a command on the inventory.

use domain::{Block, Hold, Payment};

use crate::{BookingView, TicketView};

/// The result of a command on the inventory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// After a command on one ticket: that ticket, as it stands now; after the end of a payment:
    /// the ticket that its payer named.
    pub tickets: Vec<TicketView>,
    /// After a command on a booking: that booking, as it stands now.
    pub booking: Option<BookingView>,
    /// The payments that the command wrote, as they stand now.
    pub payments: Vec<Payment>,
    /// The hold that the command was about, as it stands now.
    pub hold: Option<Hold>,
    /// The block that the command was about, as it stands now.
    pub block: Option<Block>,
    /// Whether anything was written at all.
    pub changed: bool,
}

impl Answer {
    /// After a command on one ticket: that ticket; after one on a booking: its first.
    pub fn ticket(&self) -> &TicketView {
        let of_booking = self.booking.iter().flat_map(|view| &view.tickets);
        let Some(view) = self.tickets.iter().chain(of_booking).next() else {
            unreachable!("a command is answered with what it is about, and a booking has a ticket")
        };
        view
    }

    /// As [`Answer::ticket`].
    pub fn into_ticket(self) -> TicketView {
        let of_booking = self.booking.into_iter().flat_map(|view| view.tickets);
        let Some(view) = self.tickets.into_iter().chain(of_booking).next() else {
            unreachable!("a command is answered with what it is about, and a booking has a ticket")
        };
        view
    }

    /// After a command on a booking.
    pub fn into_booking(self) -> BookingView {
        let Some(view) = self.booking else {
            unreachable!("a command on a booking is answered with that booking")
        };
        view
    }
}
