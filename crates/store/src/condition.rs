//! Whether what is committed can be acknowledged, and what is in the way if not.
//!
//! It is told by a driver's writer after each group and asked by those who want to know whether the store
//! is ready. A trouble is said once in the log when it comes and once when it has gone, however many
//! commands run into it: on a full disk the log must not grow with every request.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::Outage;

/// What is in the way, seen by whoever has a clone.
#[derive(Clone, Debug, Default)]
pub struct Condition(Arc<Mutex<Option<Outage>>>);

impl Condition {
    /// What is in the way; `None`: nothing.
    pub fn outage(&self) -> Option<Outage> {
        *self.0.lock()
    }

    /// A group was written and can be read by whoever opens the database next.
    pub fn is_well(&self) {
        if let Some(outage) = self.0.lock().take() {
            tracing::info!(%outage, "over: commands are carried out again");
        }
    }

    /// Whether this is news. `request_ids` are those that ran into it first.
    pub fn is_out(&self, outage: Outage, cause: &str, request_ids: &str) -> bool {
        let is_news = self.0.lock().replace(outage) != Some(outage);
        if is_news {
            tracing::error!(cause, request_ids, "{outage}; until then no command is acknowledged");
        }
        is_news
    }
}
