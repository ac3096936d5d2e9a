//! [`AuditTrail`], by the readers.

use async_trait::async_trait;
use domain::BookingId;
use store::{AuditEntry, AuditFilter, AuditTrail, Page, Paged};

use super::{PostgresStore, Query};
use crate::reads::read;
use crate::table::audit_list;

#[async_trait]
impl AuditTrail for PostgresStore {
    async fn audit(&self, filter: AuditFilter, page: Page) -> Query<Paged<AuditEntry>> {
        read!(self.readers, |db| audit_list::list(db, &filter, page).await)
    }

    async fn histories(
        &self,
        bookings: Vec<BookingId>,
        limit: usize,
    ) -> Query<Vec<Vec<AuditEntry>>> {
        read!(self.readers, |db| audit_list::histories(db, &bookings, limit).await)
    }
}
