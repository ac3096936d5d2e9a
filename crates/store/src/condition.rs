//! Whether commits can be acknowledged, and what prevents it if not.
//!
//! A driver's writer sets it after each group, and a check whether the store is ready reads it. A
//! fault is logged once when it begins and once when it ends, however many commands meet it: on a
//! full disk the log must not grow with every request.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::Outage;

/// What prevents commits; all clones see the same.
#[derive(Clone, Debug, Default)]
pub struct Condition(Arc<Mutex<Option<Outage>>>);

impl Condition {
    /// What prevents commits; `None`: nothing.
    pub fn outage(&self) -> Option<Outage> {
        *self.0.lock()
    }

    /// A group was written, and the next process that opens the database can read it.
    pub fn is_well(&self) {
        if let Some(outage) = self.0.lock().take() {
            tracing::info!(%outage, "over: commands are carried out again");
        }
    }

    /// Returns whether this is new. `request_ids` are the first requests that met it.
    pub fn is_out(&self, outage: Outage, cause: &str, request_ids: &str) -> bool {
        let is_news = self.0.lock().replace(outage) != Some(outage);
        if is_news {
            tracing::error!(cause, request_ids, "{outage}; until then no command is acknowledged");
        }
        is_news
    }
}
