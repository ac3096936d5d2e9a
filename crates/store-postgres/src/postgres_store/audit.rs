//! [`AuditTrail`], by the readers.

use async_trait::async_trait;
use domain::BookingId;
use store::{AuditEntry, AuditFilter, AuditTrail, Page, Paged};

use super::{PostgresStore, Query};
use crate::table::audit_list;

#[async_trait]
impl AuditTrail for PostgresStore {
    async fn audit(&self, filter: AuditFilter, page: Page) -> Query<Paged<AuditEntry>> {
        let moment = self.moment().await?;
        let found = audit_list::list(moment.db(), &filter, page).await;
        moment.done(found)
    }

    async fn histories(
        &self,
        bookings: Vec<BookingId>,
        limit: usize,
    ) -> Query<Vec<Vec<AuditEntry>>> {
        let moment = self.moment().await?;
        let found = audit_list::histories(moment.db(), &bookings, limit).await;
        moment.done(found)
    }
}
