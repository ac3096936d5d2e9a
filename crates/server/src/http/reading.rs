//! What staff see of other people's data outside their own sales is audited too (contract.md,
//! `GET /audit`): one row for a request, through the door like every write.
//!
//! It is written before it is shown, as far as that does no harm: the reader waits for the commit, but
//! not for long, and reads on when the row cannot be written. A counter that cannot look a passenger up
//! because a disk is full would be the greater damage.

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

/// For so long a reader waits for its row at the most. The row is written all the same.
const WAITED_MILLISECONDS_MAX: u64 = 250;

/// The id of a request that shows something.
#[derive(Clone, Debug)]
pub(crate) struct Reading(RequestId);

impl<S: Send + Sync> FromRequestParts<S> for Reading {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(RequestId::of(&parts.extensions)))
    }
}

impl Reading {
    /// `shown`: what somebody is about to be shown that the audit is to be told, if there is something.
    pub(crate) async fn of(self, app: &App, reader: Account, shown: Option<Shown>) {
        let Some(shown) = shown else { return };
        let request_id = Some(self.0.as_str().to_owned());
        let sender = Sender { request_id, ..Sender::from(reader) };
        let written = app.write(sender, shown);
        let waited = Duration::from_millis(WAITED_MILLISECONDS_MAX);
        // Without an answer it waits in the queue: a slow disk loses no row.
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
