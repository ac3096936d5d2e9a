//! Empties the outbox: letters are claimed, sent, and deleted.
//!
//! A claimed letter is given to no other node until [`CLAIM_SECONDS`] are over, so two servers do
//! not send it twice, and if the server dies, no letter is lost. A letter that was sent is deleted
//! within the claim, however often that has to be tried. A server that dies between sending and
//! deleting, or a database that is away for as long as the claim, causes the letter to be sent
//! again, under the same Message-ID: mail offers nothing better.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use booking::Source;
use jiff::SignedDuration;
use metrics::counter;
use store::{CommandError, MailWrite, Store, StoreError};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::kept_letters::KeptLetters;
use super::letter::Letter;
use super::post::{NotSent, Post};
use crate::identity::key_secrets::KeySecrets;
use crate::metrics::LETTERS;

/// Letters that are claimed at a time.
const LETTERS_MAX: usize = 8;
/// Sending one letter takes no longer.
const SENDING_SECONDS_MAX: u64 = 10;
/// Longer than it takes to send all claimed letters.
const CLAIM_SECONDS: u64 = 120;
/// At the end of a claim, for this long nothing is tried again: when it is written, another node
/// may have the letter.
const CLAIM_END_SECONDS: u64 = 10;
/// For at least this long, what became of a letter can be written again and again.
const NOTING_SECONDS_MIN: u64 = 10;
/// Between two tries to write what became of a letter.
const NOTE_PAUSE_MILLISECONDS: u64 = 500;
/// Tries to write it while the server stops, which must not take long.
const NOTES_AT_STOP_MAX: u32 = 8;
/// After this many attempts, which take 17 minutes, a letter is given up: its token expires soon.
/// Before that, the alert about letters that wait has to fire.
const ATTEMPTS_MAX: u32 = 10;
/// Before the second attempt; twice as long before each further one.
const RETRY_SECONDS: i64 = 2;
/// Between two looks for letters that are due again.
const LOOK_SECONDS: u64 = 2;

/// Wakes the task that sends, when a letter was added.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox(Arc<Notify>);

impl Outbox {
    pub(crate) fn has_more(&self) {
        self.0.notify_one();
    }
}

/// What sending needs.
pub(crate) struct Sending<S = Arc<dyn Store>> {
    pub(crate) store: S,
    pub(crate) post: Arc<dyn Post>,
    pub(crate) secrets: Arc<KeySecrets>,
    pub(crate) source: Source,
    pub(crate) outbox: Outbox,
}

impl<S> fmt::Debug for Sending<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").field("post", &self.post).finish_non_exhaustive()
    }
}

/// Sends letters until the server stops.
pub(crate) async fn send_letters<S: KeptLetters>(sending: Sending<S>, stop: CancellationToken) {
    let look = Duration::from_secs(LOOK_SECONDS);
    // A failure is logged once, not at every look for as long as it lasts.
    let mut has_failed = false;
    while !stop.is_cancelled() {
        let round = sending.round(&stop).await;
        match &round {
            Err(error) if !has_failed => {
                tracing::warn!(
                    %error,
                    "letters that are to be sent cannot be read, or what became of one cannot be \
                     written"
                );
            }
            _ => {}
        }
        has_failed = round.is_err();
        if round == Ok(LETTERS_MAX) {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sending.outbox.0.notified() => {}
            () = tokio::time::sleep(look) => {}
        }
    }
}

impl<S: KeptLetters> Sending<S> {
    /// Returns how many were claimed. Nothing is written while nothing is due.
    async fn round(&self, stop: &CancellationToken) -> Result<usize, String> {
        let now = self.source.now();
        if !self.store.are_due(now).await.map_err(|error| error.to_string())? {
            return Ok(0);
        }
        let claimed_for = Duration::from_secs(CLAIM_SECONDS);
        // Before the store is asked: the claim itself ends no earlier.
        let last = Instant::now() + Duration::from_secs(CLAIM_SECONDS - CLAIM_END_SECONDS);
        let letters = self.store.claim(LETTERS_MAX, claimed_for, now).await;
        let letters = letters.map_err(|error| error.to_string())?;
        let taken = letters.len();
        let needed = Duration::from_secs(SENDING_SECONDS_MAX + NOTING_SECONDS_MIN);
        for letter in letters {
            // The others are due again when the claim ends, which is soon. To give them back could
            // take them from a node that has them by then.
            if Instant::now() + needed > last {
                break;
            }
            let after = if stop.is_cancelled() {
                // So that the next start need not wait for the end of this claim.
                MailWrite::Later { id: letter.id, due_at: self.source.now() }
            } else {
                self.sent(letter).await
            };
            self.note(after, last, stop).await?;
        }
        Ok(taken)
    }

    /// What to write about a letter after an attempt to send it.
    async fn sent(&self, letter: store::Letter) -> MailWrite {
        let store::Letter { id, sealed, attempts } = letter;
        match self.attempt(id, &sealed).await {
            Ok(()) => {
                counter!(LETTERS, "outcome" => "sent").increment(1);
                MailWrite::Done(id)
            }
            Err(NotSent::Later(cause)) if attempts + 1 < ATTEMPTS_MAX => {
                counter!(LETTERS, "outcome" => "put_off").increment(1);
                tracing::warn!(%cause, attempts, "a letter could not be sent; trying again");
                MailWrite::Later { id, due_at: self.source.now() + wait(attempts) }
            }
            Err(error) => {
                counter!(LETTERS, "outcome" => "given_up").increment(1);
                tracing::error!(%error, attempts, "a letter is given up");
                MailWrite::Done(id)
            }
        }
    }

    async fn attempt(&self, id: store::LetterId, sealed: &store::Sealed) -> Result<(), NotSent> {
        let unreadable = || NotSent::Refused("it was sealed with another secret".to_owned());
        let letter = Letter::opened(sealed, &self.secrets).ok_or_else(unreadable)?;
        let longest = Duration::from_secs(SENDING_SECONDS_MAX);
        let sent = tokio::time::timeout(longest, self.post.send(id, &letter)).await;
        sent.unwrap_or_else(|_| Err(NotSent::Later("it took too long".to_owned())))
    }

    /// Tried until `last`: a letter that was sent and is not deleted would be sent again.
    async fn note(
        &self,
        write: MailWrite,
        last: Instant,
        stop: &CancellationToken,
    ) -> Result<(), String> {
        let pause = Duration::from_millis(NOTE_PAUSE_MILLISECONDS);
        let mut tries_at_stop = 0;
        loop {
            let written = self.store.write(write.clone(), self.source.now()).await;
            let Err(error) = written else { return Ok(()) };
            tries_at_stop += u32::from(stop.is_cancelled());
            let is_over = matches!(error, CommandError::Store(StoreError::Closed))
                || tries_at_stop >= NOTES_AT_STOP_MAX
                || Instant::now() + pause >= last;
            if is_over {
                return Err(error.to_string());
            }
            tokio::time::sleep(pause).await;
        }
    }
}

fn wait(attempts: u32) -> SignedDuration {
    SignedDuration::from_secs(RETRY_SECONDS << attempts.min(ATTEMPTS_MAX))
}

#[cfg(test)]
mod tests;
