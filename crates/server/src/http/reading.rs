//! Staff's reads of other people's data outside their own sales are audited too (contract.md,
//! `GET /audit`): one row for a request, sent to the store like every write.
//!
//! The row is written before the data is shown, as far as that does no harm: the reader waits for
//! the commit, but not for long, and gets the data even when the row cannot be written. A ticket
//! counter that cannot look up a passenger because a disk is full would be the greater damage.

use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::FromRequestParts;
use domain::Account;
use domain::audit::Shown;
use http::request::Parts;
use store::Sender;

use super::lost_rows::LostRows;
use super::request_id::RequestId;
use crate::app::App;

/// How long a reader waits for its row at the most. The row is written even if this takes longer.
const WAITED_MILLISECONDS_MAX: u64 = 250;

/// The id of a request that reads.
#[derive(Clone, Debug)]
pub(crate) struct Reading(RequestId);

impl<S: Send + Sync> FromRequestParts<S> for Reading {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(RequestId::of(&parts.extensions)))
    }
}

impl Reading {
    /// `shown`: what the reader is about to see that has to be audited, if anything.
    pub(crate) async fn of(self, app: &App, reader: Account, shown: Option<Shown>) {
        let Some(shown) = shown else { return };
        let request_id = Some(self.0.as_str().to_owned());
        let sender = Sender { request_id, ..Sender::from(reader) };
        let written = app.write(sender, shown);
        let waited = Duration::from_millis(WAITED_MILLISECONDS_MAX);
        // The row waits in the queue without an answer: a slow disk loses no row.
        let Ok(written) = tokio::time::timeout(waited, written).await else { return };
        let LostRows(were_lost) = &app.lost_rows;
        match written {
            Ok(_) => {
                if were_lost.swap(false, Ordering::Relaxed) {
                    tracing::info!("over: what staff read is audited again");
                }
            }
            Err(error) => {
                if !were_lost.swap(true, Ordering::Relaxed) {
                    tracing::error!(%error, "what staff read cannot be audited; it is shown all the same");
                }
            }
        }
    }
}
