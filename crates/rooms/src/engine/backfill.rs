//! Pages from history for one viewer that has fallen behind a log's tail.
//!
//! A page is read only when the viewer can take it (its socket is free), so a slow viewer holds at
//! most one. While a page is missing, the viewer's other rooms wait too: the order over all rooms
//! is kept.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::SemaphorePermit;

use crate::cursor::effects::WantedPage;
use crate::engine::retry_pause::retry_pause;
use crate::engine::services::Services;
use crate::log::entry::Entry;

/// The page that a viewer has waited for.
pub(crate) struct Fetched<'a> {
    pub(crate) entries: VecDeque<Arc<Entry>>,
    /// Held until the page is given.
    _turn: SemaphorePermit<'a>,
}

/// Why there is no page.
pub(crate) enum NoPage {
    /// History has failed too often.
    Failed,
    /// The viewer is closed, or the hub stops.
    Unwanted,
}

/// Reads a page when this viewer gets a turn.
pub(crate) async fn fetch<'a>(
    services: &'a Services,
    wanted: &WantedPage,
    is_wanted: impl Fn() -> bool,
) -> Result<Fetched<'a>, NoPage> {
    let mut attempt = 0;
    loop {
        {
            // The turn is released during the wait for the next try: turns are few, and another
            // read may succeed.
            let Some(turn) = services.pages.turn().await else { return Err(NoPage::Unwanted) };
            if !is_wanted() {
                return Err(NoPage::Unwanted);
            }
            match services.pages.read(&wanted.log, wanted.after).await {
                Ok(entries) => return Ok(Fetched { entries, _turn: turn }),
                Err(_) if attempt < services.limits().page_attempts_max => attempt += 1,
                Err(_) => return Err(NoPage::Failed),
            }
        }
        tokio::select! {
            () = tokio::time::sleep(retry_pause(attempt)) => {}
            () = services.tasks.stopping.cancelled() => return Err(NoPage::Unwanted),
        }
    }
}
