//! Removing a person from what is stored, booking by booking.
//!
//! Invariant: an account ends after the last of its bookings, or not at all.

use booking::BookingError;
use domain::{Account, Refusal};
use store::{AccountChange, PeopleWrite};

use super::person::{Found, Person};
use crate::app::App;
use crate::http::asking::Asking;
use crate::http::problem::Problem;
use crate::http::wire::personal_data::ErasureBody;

impl Person {
    /// `by`: an administrator, or the person themselves.
    pub(in crate::http) async fn erase(
        &self,
        app: &App,
        found: Found,
        (asking, by): (Asking, Account),
    ) -> Result<ErasureBody, Problem> {
        let asking = asking.anew();
        let (mut erased, mut open) = (0, Vec::new());
        for theirs in found.bookings {
            let (sender, booking) = (asking.clone().by(by), theirs.view.booking);
            match app.desk.forget(sender, booking.id, theirs.whom).await {
                Ok(()) => erased += 1,
                Err(BookingError::Refused(Refusal::BookingIsOpen)) => {
                    open.push(booking.pnr.to_string());
                }
                Err(error) => return Err(error.into()),
            }
        }
        let mut account_erased = false;
        if let Self::Account(id) = *self
            && open.is_empty()
            && !found.is_limited
        {
            let write = PeopleWrite::ChangeAccount(id, AccountChange::Erase);
            app.write(asking.by(by), write).await?;
            app.gateway.account_changed(id).await;
            account_erased = true;
        }
        Ok(ErasureBody { erased, open, account_erased, limited: found.is_limited })
    }
}
