//! [`AuditTrail`], by the readers.

use async_trait::async_trait;
use domain::BookingId;
use store::{AuditEntry, AuditFilter, AuditTrail, Page, Paged};

use super::{Query, SqliteStore};
use crate::table::audit;

#[async_trait]
impl AuditTrail for SqliteStore {
    async fn audit(&self, filter: AuditFilter, page: Page) -> Query<Paged<AuditEntry>> {
        self.readers.query(move |db| audit::list(db, &filter, page)).await
    }

    async fn histories(
        &self,
        bookings: Vec<BookingId>,
        limit: usize,
    ) -> Query<Vec<Vec<AuditEntry>>> {
        self.readers.query(move |db| audit::histories(db, &bookings, limit)).await
    }
}
