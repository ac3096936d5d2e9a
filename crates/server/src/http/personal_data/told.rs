//! What is stored about a person, put together for the answer: bookings, money, and what was done
//! with them.

use domain::Account;
use domain::command::Whom;
use store::{AuditEntry, AuditFilter, Page, Paged};

use super::person::{Found, Theirs};
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::wire::audit::AuditBody;
use crate::http::wire::personal_data::{
    PersonalBookingBody, PersonalDataBody, PersonalPaymentBody,
};
use crate::http::wire::ticket::TicketBody;
use crate::http::wire::user::AccountBody;

/// Rows of the audit that are shown for one booking, at the most.
const HISTORY_MAX: usize = 100;

impl Found {
    /// `page`: that with which it was found.
    pub(in crate::http) async fn told(
        self,
        app: &App,
        page: Page,
        reader: Account,
    ) -> Result<PersonalDataBody, Problem> {
        let activity = match &self.account {
            Some(user) => {
                let by = AuditFilter { actor_id: Some(user.id), ..AuditFilter::default() };
                app.store.audit(by, page).await?
            }
            None => Paged::whole(Vec::new()),
        };
        let is_activity_limited = activity.goes_on_behind(page);
        let ids = self.bookings.iter().map(|theirs| theirs.view.booking.id).collect();
        // One more tells that there are more.
        let histories = app.store.histories(ids, HISTORY_MAX + 1).await?;
        let told = self.bookings.into_iter().zip(histories);
        let bookings = told.map(|(theirs, history)| theirs.told(history, reader)).collect();
        let accounts = self.accounts_with_phone.into_iter();
        Ok(PersonalDataBody {
            account: self.account.map(AccountBody::from),
            accounts_with_phone: accounts.map(AccountBody::from).collect(),
            bookings,
            limited: self.is_limited,
            activity: activity.items.into_iter().map(AuditBody::from).collect(),
            activity_limited: is_activity_limited,
        })
    }
}

impl Theirs {
    fn told(self, mut history: Vec<AuditEntry>, reader: Account) -> PersonalBookingBody {
        let Self { view, whom } = self;
        let is_whole = whom == Whom::Everybody;
        let is_history_limited = history.len() > HISTORY_MAX;
        history.truncate(HISTORY_MAX);
        // Rows about other people's tickets are not theirs; rows that name no ticket belong to the
        // whole booking.
        history.retain(|row| row.ticket_id.is_none_or(|id| whom.is_meant(id)));
        let payments = view.payments.into_iter();
        let payments = payments.filter_map(|payment| PersonalPaymentBody::of(payment, &whom));
        let tickets = view.tickets.into_iter().filter(|view| whom.is_meant(view.ticket.id));
        PersonalBookingBody {
            id: view.booking.id.0,
            pnr_number: view.booking.pnr.to_string(),
            contact: is_whole.then(|| view.booking.contact.into()),
            tickets: tickets.map(|view| TicketBody::one(view, reader)).collect(),
            payments: payments.collect(),
            history: history.into_iter().map(AuditBody::from).collect(),
            history_limited: is_history_limited,
        }
    }
}
