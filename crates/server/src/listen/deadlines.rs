//! How long a connection waits for its peer: for its bytes, and for it to take what is sent.
//!
//! One timer for both, made when it is first needed: most connections never wait.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// How many bytes of an answer a peer has to take in a second; a slower one counts as taking
/// nothing. It is a thousandth of what a phone takes on a bad day.
const BYTES_PER_SECOND_MIN: u64 = 256;

#[derive(Debug, Default)]
pub(super) struct Deadlines {
    /// By when the next request has to be here, or the rest of its head.
    pub(super) read_by: Option<Instant>,
    /// Since when nothing can be written. Bytes that are taken later move it on by the time that
    /// they may take.
    stalled_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Deadlines {
    pub(super) fn reading_by(by: Instant) -> Self {
        Self { read_by: Some(by), ..Self::default() }
    }

    /// Notes that nothing can be written. True if that is new.
    pub(super) fn stall(&mut self) -> bool {
        let is_new = self.stalled_since.is_none();
        self.stalled_since.get_or_insert_with(Instant::now);
        is_new
    }

    pub(super) fn is_stalled(&self) -> bool {
        self.stalled_since.is_some()
    }

    /// Notes that this many bytes were taken; `None` is all that there were. True if writing is no
    /// longer stalled.
    pub(super) fn take(&mut self, bytes: Option<usize>) -> bool {
        let Some(since) = self.stalled_since else { return false };
        let earned = |bytes| Duration::from_millis(bytes as u64 * 1_000 / BYTES_PER_SECOND_MIN);
        let since = bytes.map(|bytes| since + earned(bytes));
        self.stalled_since = since.filter(|since| *since < Instant::now());
        self.stalled_since.is_none()
    }

    /// Ready when the next of the deadlines is reached; `patience` is the one for a stalled write.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, patience: Duration) -> Poll<()> {
        let stalled_until = self.stalled_since.map(|since| since + patience);
        let next = [self.read_by, stalled_until].into_iter().flatten().min();
        let Some(next) = next else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(next)));
        if timer.deadline() != next {
            timer.as_mut().reset(next);
        }
        timer.as_mut().poll(cx)
    }

    pub(super) fn is_read_late(&self) -> bool {
        self.read_by.is_some_and(|by| by <= Instant::now())
    }

    pub(super) fn is_write_late(&self, patience: Duration) -> bool {
        self.stalled_since.is_some_and(|since| since + patience <= Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    const PATIENCE: Duration = Duration::from_secs(15);

    /// Takes this many bytes every ten seconds; returns after how many times it was given up, if it
    /// was.
    async fn given_up(bytes: usize) -> Option<u32> {
        let mut deadlines = Deadlines::default();
        for time in 0..100 {
            deadlines.stall();
            advance(Duration::from_secs(10)).await;
            if deadlines.is_write_late(PATIENCE) {
                return Some(time);
            }
            deadlines.take(Some(bytes));
        }
        None
    }

    #[tokio::test(start_paused = true)]
    async fn a_little_now_and_then_is_not_enough() {
        assert_eq!(given_up(0).await, Some(1));
        assert_eq!(given_up(1).await, Some(1));
        assert!(given_up(2_000).await.is_some());
        assert_eq!(given_up(2_560).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn all_that_there_was_is_enough() {
        let mut deadlines = Deadlines::default();
        assert!(!deadlines.take(None), "it was not stalled");
        assert!(deadlines.stall());
        assert!(!deadlines.stall());
        advance(PATIENCE).await;
        assert!(deadlines.is_write_late(PATIENCE));
        assert!(deadlines.take(None));
        assert!(!deadlines.is_write_late(PATIENCE));
    }
}
