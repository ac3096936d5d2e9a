//! Empties the outbox: letters are claimed, sent, and deleted.
//!
//! A claimed letter is given to no other node until [`CLAIM_SECONDS`] are over, so two servers do
//! not send it twice, and if the server dies, no letter is lost. A server that dies between sending
//! and deleting causes the letter to be sent again, under the same Message-ID: mail offers nothing
//! better.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use booking::Source;
use domain::Actor;
use jiff::SignedDuration;
use metrics::counter;
use store::{Envelope, MailWrite, PeopleWrite, Store};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

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
/// After this many attempts, which take a quarter of an hour, a letter is given up: its token
/// expires soon.
const ATTEMPTS_MAX: u32 = 9;
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
pub(crate) struct Sending {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) post: Arc<dyn Post>,
    pub(crate) secrets: Arc<KeySecrets>,
    pub(crate) source: Source,
    pub(crate) outbox: Outbox,
}

impl fmt::Debug for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").field("post", &self.post).finish_non_exhaustive()
    }
}

/// Sends letters until the server stops.
pub(crate) async fn send_letters(sending: Sending, stop: CancellationToken) {
    let look = Duration::from_secs(LOOK_SECONDS);
    // A failure is logged once, not at every look for as long as it lasts.
    let mut has_failed = false;
    while !stop.is_cancelled() {
        let round = sending.round(&stop).await;
        match &round {
            Err(error) if !has_failed => {
                tracing::warn!(%error, "letters that are to be sent cannot be read");
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

impl Sending {
    /// Returns how many were claimed. Nothing is written while nothing is due.
    async fn round(&self, stop: &CancellationToken) -> Result<usize, String> {
        let now = self.source.now();
        if !self.store.letters_are_due(now).await.map_err(|error| error.to_string())? {
            return Ok(0);
        }
        let claimed_for = Duration::from_secs(CLAIM_SECONDS);
        let letters = self.store.claim_letters(LETTERS_MAX, claimed_for, now).await;
        let letters = letters.map_err(|error| error.to_string())?;
        let taken = letters.len();
        for letter in letters {
            let after = if stop.is_cancelled() {
                // So that the next start need not wait for the end of this claim.
                MailWrite::Later { id: letter.id, due_at: self.source.now() }
            } else {
                self.sent(letter).await
            };
            self.write(after).await?;
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

    async fn write(&self, write: MailWrite) -> Result<(), String> {
        let envelope = Envelope::new(PeopleWrite::Mail(write), Actor::System, self.source.now());
        self.store.send(envelope).await.map(drop).map_err(|error| error.to_string())
    }
}

fn wait(attempts: u32) -> SignedDuration {
    SignedDuration::from_secs(RETRY_SECONDS << attempts.min(ATTEMPTS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_tried_for_a_quarter_of_an_hour() {
        let seconds: i64 = (0..ATTEMPTS_MAX - 1).map(|attempts| wait(attempts).as_secs()).sum();
        assert!((500..1_200).contains(&seconds), "{seconds}");
        assert!(SENDING_SECONDS_MAX * (LETTERS_MAX as u64) < CLAIM_SECONDS);
    }
}
