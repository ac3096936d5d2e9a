//! Removing a person from what is stored, booking by booking.
//!
//! Invariant: an account ends after the last of its bookings, or not at all.

use std::collections::HashSet;

use booking::BookingError;
use domain::{Account, Refusal};
use store::{AccountChange, BookingView, PeopleWrite};

use super::person::{CUT_OFF_MAX, Person, Theirs};
use crate::app::App;
use crate::http::asking::Asking;
use crate::http::problem::Problem;
use crate::http::wire::personal_data::{ErasureBody, PersonalPaging};

/// Tickets of a person that one request goes through.
const TICKETS_WALKED_MAX: u64 = 100_000;

/// What was done, and whether money was ever taken for what was found.
pub(in crate::http) struct Erased {
    pub(in crate::http) told: ErasureBody,
    pub(in crate::http) has_payments: bool,
}

impl Person {
    /// `by`: an administrator, or the person themselves.
    pub(in crate::http) async fn erase(
        &self,
        app: &App,
        (asking, by): (Asking, Account),
    ) -> Result<Erased, Problem> {
        let asking = asking.without_version();
        let (mut seen, mut erased, mut open) = (HashSet::new(), 0, Vec::new());
        let (mut has_payments, mut page) = (false, PersonalPaging::default().page()?);
        // Tickets that were gone through, and those of bookings that are open.
        let (mut walked, mut staying) = (0, 0);
        let limited = loop {
            let found = self.find(app, page).await?;
            has_payments |= found.has_payments();
            let goes_on = found.is_limited && !found.bookings.is_empty();
            for theirs in found.bookings {
                let tickets = theirs.tickets().count() as u64;
                let Theirs { whom, view: BookingView { booking, .. } } = theirs;
                if !seen.insert(booking.id) {
                    continue;
                }
                match app.desk.forget(asking.clone().by(by), booking.id, whom).await {
                    Ok(()) => erased += 1,
                    Err(BookingError::Refused(Refusal::BookingIsOpen)) => {
                        open.push(booking.pnr.to_string());
                        staying += tickets;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            walked += page.limit;
            if !goes_on || walked >= TICKETS_WALKED_MAX {
                break found.is_limited;
            }
            page.offset = match self {
                // Forgotten bookings stay the account's: the others are on the pages behind them.
                Self::Account(_) => walked,
                // They are gone from the list, and open ones are at its beginning: but for what the
                // page has cut off, which may stand behind tickets that were not looked at.
                Self::Phone(_) | Self::IdentityNumber(_) => staying.saturating_sub(CUT_OFF_MAX),
            };
        };
        let mut account_erased = false;
        if let Self::Account(id) = *self
            && open.is_empty()
            && !limited
        {
            let write = PeopleWrite::ChangeAccount(id, AccountChange::Erase);
            app.write(asking.by(by), write).await?;
            app.gateway.account_changed(id).await;
            account_erased = true;
        }
        Ok(Erased { told: ErasureBody { erased, open, account_erased, limited }, has_payments })
    }
}
