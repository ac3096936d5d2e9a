//! A warning that would be logged for every refused connection or request is logged once a minute.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

const SAY_AGAIN: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(crate) struct NowAndThen(Mutex<Option<Instant>>);

impl NowAndThen {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Whether it is time to log it again; then it counts as logged.
    pub(crate) fn is_due(&self) -> bool {
        let mut said = self.0.lock();
        let is_due = said.is_none_or(|said| said.elapsed() > SAY_AGAIN);
        if is_due {
            *said = Some(Instant::now());
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_due_once_until_time_has_passed() {
        let warning = NowAndThen::default();
        assert!(warning.is_due());
        assert!(!warning.is_due());
        let long_ago = Instant::now().checked_sub(SAY_AGAIN + Duration::from_secs(1)).unwrap();
        *warning.0.lock() = Some(long_ago);
        assert!(warning.is_due());
    }
}
