//! Removing a person from what is stored, booking by booking.
//!
//! Invariant: an account ends after the last of its bookings, or not at all.

use std::collections::HashSet;

use booking::BookingError;
use domain::{Account, Refusal};
use store::{AccountChange, BookingView, PeopleWrite};

use super::person::{Person, Theirs};
use crate::app::App;
use crate::http::asking::Asking;
use crate::http::problem::Problem;
use crate::http::wire::personal_data::{ErasureBody, PersonalPaging};

/// Tickets of an account that one request goes through.
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
        let limited = loop {
            let found = self.find(app, page).await?;
            has_payments |= found.has_payments();
            for Theirs { whom, view: BookingView { booking, .. } } in found.bookings {
                if !seen.insert(booking.id) {
                    continue;
                }
                match app.desk.forget(asking.clone().by(by), booking.id, whom).await {
                    Ok(()) => erased += 1,
                    Err(BookingError::Refused(Refusal::BookingIsOpen)) => {
                        open.push(booking.pnr.to_string());
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            page.offset += page.limit;
            // Forgotten bookings stay the account's: the others are on the pages behind them. By
            // phone or document they are gone from the list, and a later request continues.
            let goes_on = matches!(self, Self::Account(_)) && page.offset < TICKETS_WALKED_MAX;
            if !found.is_limited || !goes_on {
                break found.is_limited;
            }
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
