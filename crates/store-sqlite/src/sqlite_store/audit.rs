//! [`AuditTrail`], by the readers.

use async_trait::async_trait;
use store::{AuditEntry, AuditFilter, AuditTrail, Page, Paged};

use super::{Query, SqliteStore};
use crate::table::audit;

#[async_trait]
impl AuditTrail for SqliteStore {
    async fn audit(&self, filter: AuditFilter, page: Page) -> Query<Paged<AuditEntry>> {
        self.readers.query(move |db| audit::list(db, &filter, page)).await
    }
}
