//! Which person a request for personal data means, and which bookings name them.
//!
//! Invariant: a booking appears once, with all of the person's tickets in it. This file does not
//! know the wire format.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use domain::audit::SHOWN_MAX;
use domain::command::Whom;
use domain::identity::IdentityNumber;
use domain::passenger::Phone;
use domain::{BookingId, Refusal, TicketId, User, UserId};
use store::{BookingView, Page, TicketFilter};

use crate::app::App;
use crate::http::problem::Problem;

/// Tickets of one answer, at the most: as many as one row of the audit can name.
const TICKETS_MAX: u64 = SHOWN_MAX as u64;

/// A person, by what identifies them.
pub(in crate::http) enum Person {
    /// The phone number with which bookings were made.
    Phone(Phone),
    /// The identity number of a passenger.
    IdentityNumber(IdentityNumber),
    Account(UserId),
}

/// What is stored about a person.
pub(in crate::http) struct Found {
    pub(super) account: Option<User>,
    /// Accounts that have the phone number in question: any user may have entered it.
    pub(super) accounts_with_phone: Vec<User>,
    /// Newest first.
    pub(super) bookings: Vec<Theirs>,
    /// There are more bookings.
    pub(super) is_limited: bool,
}

/// A booking that names the person.
pub(super) struct Theirs {
    pub(super) view: BookingView,
    /// Which of its tickets are the person's; the others are not shown, and stay.
    pub(super) whom: Whom,
}

impl Person {
    pub(in crate::http) async fn find(&self, app: &App) -> Result<Found, Problem> {
        let filter = match self {
            Self::Phone(phone) => {
                TicketFilter { phone: Some(phone.clone()), ..TicketFilter::default() }
            }
            Self::IdentityNumber(number) => {
                TicketFilter { identity_number: Some(number.clone()), ..TicketFilter::default() }
            }
            Self::Account(id) => TicketFilter { user_id: Some(*id), ..TicketFilter::default() },
        };
        let page = Page { offset: 0, limit: TICKETS_MAX };
        let tickets = app.store.tickets(filter, page).await?;
        let mut is_limited = tickets.total > TICKETS_MAX;
        // Newest first: ids are in the order of time.
        let mut found: BTreeMap<Reverse<BookingId>, BTreeSet<TicketId>> = BTreeMap::new();
        for view in &tickets.items {
            found.entry(Reverse(view.ticket.booking_id)).or_default().insert(view.ticket.id);
        }
        let mut bookings = Vec::new();
        let mut shown = 0;
        for (Reverse(id), theirs) in found {
            let view = app.store.booking(id).await?.ok_or(Refusal::BookingNotFound)?;
            let whom = match self {
                Self::IdentityNumber(_) => Whom::Passengers(theirs),
                Self::Phone(_) | Self::Account(_) => Whom::Everybody,
            };
            let theirs = Theirs { view, whom };
            // The page may have ended inside a booking; the booking is read whole.
            shown += theirs.tickets().count();
            if shown > SHOWN_MAX {
                is_limited = true;
                break;
            }
            bookings.push(theirs);
        }
        let account = match self {
            Self::Account(id) => app.store.user(*id).await?,
            Self::Phone(_) | Self::IdentityNumber(_) => None,
        };
        let accounts_with_phone = match self {
            Self::Phone(phone) => app.store.users_with_phone(phone.clone()).await?,
            Self::IdentityNumber(_) | Self::Account(_) => Vec::new(),
        };
        Ok(Found { account, accounts_with_phone, bookings, is_limited })
    }
}

impl Found {
    /// Whether money was ever taken for one of their tickets, even if it was refunded.
    pub(in crate::http) fn has_payments(&self) -> bool {
        let payments = self.bookings.iter().flat_map(|theirs| &theirs.view.payments);
        payments.into_iter().any(|payment| payment.paid_at.is_some())
    }

    /// All tickets of all bookings that are shown.
    pub(super) fn tickets(&self) -> impl Iterator<Item = &domain::Ticket> {
        self.bookings.iter().flat_map(Theirs::tickets)
    }
}

impl Theirs {
    fn tickets(&self) -> impl Iterator<Item = &domain::Ticket> {
        let tickets = self.view.tickets.iter().map(|view| &view.ticket);
        tickets.filter(|ticket| self.whom.is_meant(ticket.id))
    }
}
