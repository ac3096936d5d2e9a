//! The answer to a command on the inventory.

use domain::{Block, Hold, Payment, TicketId};

use crate::{BookingView, TicketView};

/// The result of a command on the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What the command was about.
    pub about: About,
    /// The payments that the command wrote, as they stand now.
    pub payments: Vec<Payment>,
    /// Whether anything was written at all.
    pub changed: bool,
}

/// What a command was about, as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// One ticket.
    Ticket(Box<TicketView>),
    /// A booking.
    Booking {
        /// With all its tickets.
        view: Box<BookingView>,
        /// The one of them that a payer has named.
        named: Option<TicketId>,
    },
    /// Seats that are held for somebody.
    Hold(Hold),
    /// Seats that are not for sale.
    Block(Block),
}

impl Answer {
    /// Of a booking: the ticket that was named, then all of them; or the one ticket.
    pub fn tickets_named_first(&self) -> impl Iterator<Item = &TicketView> {
        let (named, all) = match &self.about {
            About::Ticket(view) => (None, std::slice::from_ref(&**view)),
            About::Booking { view, named } => (*named, view.tickets.as_slice()),
            About::Hold(_) | About::Block(_) => (None, [].as_slice()),
        };
        let is_named = move |view: &&TicketView| Some(view.ticket.id) == named;
        all.iter().filter(is_named).chain(all)
    }

    /// The ticket; of a booking, the one that was named, or the first.
    pub fn ticket(&self) -> &TicketView {
        let Some(view) = self.tickets_named_first().next() else { unexpected(&self.about) };
        view
    }

    /// As [`Answer::ticket`].
    pub fn into_ticket(self) -> TicketView {
        match self.about {
            About::Ticket(view) => *view,
            about => Self { about, ..self }.ticket().clone(),
        }
    }

    /// After a command on a booking.
    pub fn booking(&self) -> &BookingView {
        match &self.about {
            About::Booking { view, .. } => view,
            other => unexpected(other),
        }
    }

    /// As [`Answer::booking`].
    pub fn into_booking(self) -> BookingView {
        match self.about {
            About::Booking { view, .. } => *view,
            other => unexpected(&other),
        }
    }

    /// After a command on a hold.
    pub fn into_hold(self) -> Hold {
        match self.about {
            About::Hold(hold) => hold,
            other => unexpected(&other),
        }
    }

    /// After a command on a block.
    pub fn into_block(self) -> Block {
        match self.about {
            About::Block(block) => block,
            other => unexpected(&other),
        }
    }
}

fn unexpected(about: &About) -> ! {
    unreachable!("a command is answered with what it is about, and not with {about:?}")
}
