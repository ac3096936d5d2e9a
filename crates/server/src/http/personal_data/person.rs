//! Which person a request for personal data means, and which bookings name them.
//!
//! Invariant: a booking appears once, with all of the person's tickets in it. This file does not
//! know the wire format.

use domain::audit::SHOWN_MAX;
use domain::command::{JOURNEYS_MAX, Whom};
use domain::identity::{Identity, IdentityNumber};
use domain::passenger::Phone;
use domain::seat_choice::PASSENGERS_MAX;
use domain::{User, UserId};
use store::{BookingView, Page, TicketFilter};

use crate::app::App;
use crate::http::problem::Problem;
use crate::http::wire::list::LIMIT_MAX;

/// Tickets of one booking that the end of a page may cut off.
pub(super) const CUT_OFF_MAX: u64 = (JOURNEYS_MAX * PASSENGERS_MAX - 1) as u64;

/// Tickets of one answer, at the most: those of a page, and what it cuts off of the bookings at its
/// two ends.
const TICKETS_MAX: u64 = LIMIT_MAX + 2 * CUT_OFF_MAX;

const _: () = assert!(TICKETS_MAX <= SHOWN_MAX as u64, "one row of the audit names all of them");

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
    /// A part of what is stored: the bookings of this page of tickets, whole.
    pub(in crate::http) async fn find(&self, app: &App, page: Page) -> Result<Found, Problem> {
        let filter = match self {
            Self::Phone(phone) => {
                TicketFilter { phone: Some(phone.clone()), ..TicketFilter::default() }
            }
            Self::IdentityNumber(number) => {
                TicketFilter { identity_number: Some(number.clone()), ..TicketFilter::default() }
            }
            Self::Account(id) => TicketFilter { user_id: Some(*id), ..TicketFilter::default() },
        };
        let found = app.store.bookings(filter, page).await?;
        let is_limited = found.goes_on_behind(page);
        let theirs = |view: BookingView| Theirs { whom: self.whom(&view), view };
        let bookings = found.items.into_iter().map(theirs).collect();
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

    /// Which tickets of a booking that names them are theirs.
    fn whom(&self, view: &BookingView) -> Whom {
        let Self::IdentityNumber(number) = self else { return Whom::Everybody };
        let identity = Some(Identity::Turkish(number.clone()));
        let tickets = view.tickets.iter().map(|view| &view.ticket);
        let theirs = tickets.filter(|ticket| ticket.passenger.identity == identity);
        Whom::Passengers(theirs.map(|ticket| ticket.id).collect())
    }
}

impl Found {
    /// Whether money was ever taken for one of their tickets, even if it was refunded.
    pub(in crate::http) fn has_payments(&self) -> bool {
        let payments = self.bookings.iter().flat_map(|theirs| &theirs.view.payments);
        payments.into_iter().any(|payment| payment.paid_at.is_some())
    }

    /// All accounts that are shown.
    pub(super) fn accounts(&self) -> impl Iterator<Item = UserId> {
        self.account.iter().chain(&self.accounts_with_phone).map(|user| user.id)
    }

    /// All tickets of all bookings that are shown.
    pub(super) fn tickets(&self) -> impl Iterator<Item = &domain::Ticket> {
        self.bookings.iter().flat_map(Theirs::tickets)
    }
}

impl Theirs {
    pub(super) fn tickets(&self) -> impl Iterator<Item = &domain::Ticket> {
        let tickets = self.view.tickets.iter().map(|view| &view.ticket);
        tickets.filter(|ticket| self.whom.is_meant(ticket.id))
    }
}
