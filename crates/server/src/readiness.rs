//! Whether the store can be used, and why not. Anybody may ask for it, as often as they like: the
//! store is asked four times a second at the most.

use std::time::Duration;

use store::StoreError;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// Who asks waits no longer than this: a load balancer gives up after seconds by itself, and would
/// not know why.
const STORE_ANSWERS_WITHIN: Duration = Duration::from_secs(2);

const LOOK_EVERY: Duration = Duration::from_millis(250);

#[derive(Debug, Default)]
pub(crate) struct Readiness(Mutex<Option<Look>>);

#[derive(Debug)]
struct Look {
    at: Instant,
    found: Result<(), String>,
}

impl Readiness {
    /// Those who ask while the store has not answered wait for the same answer.
    pub(crate) async fn of(
        &self,
        store: impl Future<Output = Result<(), StoreError>>,
    ) -> Result<(), String> {
        let mut last = self.0.lock().await;
        if let Some(look) = last.as_ref().filter(|look| look.at.elapsed() < LOOK_EVERY) {
            return look.found.clone();
        }
        let found = look(store).await;
        // As of the answer: who waited for it does not ask again.
        *last = Some(Look { at: Instant::now(), found: found.clone() });
        found
    }
}

async fn look(store: impl Future<Output = Result<(), StoreError>>) -> Result<(), String> {
    let Ok(ready) = timeout(STORE_ANSWERS_WITHIN, store).await else {
        let seconds = STORE_ANSWERS_WITHIN.as_secs();
        return Err(format!("the store has not answered within {seconds} seconds"));
    };
    ready.map_err(|error| match error {
        // It was logged when it came up; a caller that polls this wants to see which outage it is.
        StoreError::Unavailable(outage) => outage.to_string(),
        error => {
            tracing::warn!(%error, "not ready");
            "the store does not answer".to_owned()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;

    #[tokio::test(start_paused = true)]
    async fn however_many_ask_the_store_is_asked_a_few_times_a_second() {
        let (readiness, asked) = (Readiness::default(), AtomicU32::new(0));
        let is_down = |is_down: bool| {
            let asked = &asked;
            async move {
                tokio::time::sleep(Duration::from_millis(40)).await;
                asked.fetch_add(1, Ordering::Relaxed);
                if is_down { Err(StoreError::Busy) } else { Ok(()) }
            }
        };
        let all = async |down: bool| join_all((0..100).map(|_| readiness.of(is_down(down)))).await;
        assert!(all(false).await.iter().all(Result::is_ok));
        assert!(all(true).await.iter().all(Result::is_ok), "as it was found just now");
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        tokio::time::sleep(LOOK_EVERY).await;
        assert!(all(true).await.iter().all(Result::is_err));
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_store_is_waited_for_once() {
        let readiness = Readiness::default();
        let begun = Instant::now();
        let silent = || readiness.of(std::future::pending());
        let found = join_all((0..100).map(|_| silent())).await;
        assert!(found.iter().all(Result::is_err));
        assert_eq!(begun.elapsed(), STORE_ANSWERS_WITHIN);
    }
}
