//! What is stored about a person, put together for the answer: bookings, money, and what was done
//! with them.

use domain::Account;
use domain::command::Whom;
use store::{AuditFilter, Page, Paged};

use super::person::{Found, Theirs};
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::wire::audit::AuditBody;
use crate::http::wire::personal_data::{
    PersonalBookingBody, PersonalDataBody, PersonalPaymentBody,
};
use crate::http::wire::ticket::TicketBody;
use crate::http::wire::user::AccountBody;

/// Rows of the audit that are shown for one booking, and for the actions of one account, at the
/// most.
const AUDIT_ROWS_MAX: u64 = 100;

/// The newest rows; `true`: there are more.
async fn rows(app: &App, filter: AuditFilter) -> Result<(Vec<store::AuditEntry>, bool), Problem> {
    let page = Page { offset: 0, limit: AUDIT_ROWS_MAX };
    let Paged { items, total, .. } = app.store.audit(filter, page).await?;
    Ok((items, total > AUDIT_ROWS_MAX))
}

impl Found {
    pub(in crate::http) async fn told(
        self,
        app: &App,
        reader: Account,
    ) -> Result<PersonalDataBody, Problem> {
        let (activity, is_activity_limited) = match &self.account {
            Some(user) => {
                let by = AuditFilter { actor_id: Some(user.id), ..AuditFilter::default() };
                rows(app, by).await?
            }
            None => Default::default(),
        };
        let mut bookings = Vec::with_capacity(self.bookings.len());
        for theirs in self.bookings {
            bookings.push(theirs.told(app, reader).await?);
        }
        let accounts = self.accounts_with_phone.into_iter();
        Ok(PersonalDataBody {
            account: self.account.map(AccountBody::from),
            accounts_with_phone: accounts.map(AccountBody::from).collect(),
            bookings,
            limited: self.is_limited,
            activity: activity.into_iter().map(AuditBody::from).collect(),
            activity_limited: is_activity_limited,
        })
    }
}

impl Theirs {
    async fn told(self, app: &App, reader: Account) -> Result<PersonalBookingBody, Problem> {
        let Self { view, whom } = self;
        let is_whole = whom == Whom::Everybody;
        let filter = AuditFilter { booking_id: Some(view.booking.id), ..AuditFilter::default() };
        let (mut history, is_history_limited) = rows(app, filter).await?;
        // Rows about other people's tickets are not theirs; rows that name no ticket belong to the
        // whole booking.
        history.retain(|row| row.ticket_id.is_none_or(|id| whom.is_meant(id)));
        let payments = view.payments.into_iter();
        let payments = payments.filter_map(|payment| PersonalPaymentBody::of(payment, &whom));
        let tickets = view.tickets.into_iter().filter(|view| whom.is_meant(view.ticket.id));
        Ok(PersonalBookingBody {
            id: view.booking.id.0,
            pnr_number: view.booking.pnr.to_string(),
            contact: is_whole.then(|| view.booking.contact.into()),
            tickets: tickets.map(|view| TicketBody::one(view, reader)).collect(),
            payments: payments.collect(),
            history: history.into_iter().map(AuditBody::from).collect(),
            history_limited: is_history_limited,
        })
    }
}
