//! Letters are sent once while the database is away for a while, and none at the end of its claim.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use parking_lot::Mutex;
use store::{LetterId, Sealed, TokenUse};
use uuid::Uuid;

use super::*;
use crate::mail::words;

#[test]
fn a_letter_is_tried_until_after_the_alert_about_letters_that_wait() {
    let seconds: i64 = (0..ATTEMPTS_MAX - 1).map(|attempts| wait(attempts).as_secs()).sum();
    assert!((900..1_200).contains(&seconds), "{seconds}");
    let sending = SENDING_SECONDS_MAX * (LETTERS_MAX as u64);
    assert!(sending + NOTING_SECONDS_MIN + CLAIM_END_SECONDS < CLAIM_SECONDS);
}

/// Letters, and when each is due. Nothing is written before `writes_from`.
struct Kept {
    letters: Mutex<BTreeMap<Uuid, (Sealed, Instant)>>,
    writes_from: Instant,
}

#[async_trait]
impl KeptLetters for Kept {
    async fn are_due(&self, _: Timestamp) -> Result<bool, StoreError> {
        Ok(self.letters.lock().values().any(|(_, due_at)| *due_at <= Instant::now()))
    }

    async fn claim(
        &self,
        letters_max: usize,
        claimed_for: Duration,
        _: Timestamp,
    ) -> Result<Vec<store::Letter>, StoreError> {
        let now = Instant::now();
        let mut letters = self.letters.lock();
        let due = letters.iter_mut().filter(|(_, (_, due_at))| *due_at <= now).take(letters_max);
        let claimed = due.map(|(id, (sealed, due_at))| {
            *due_at = now + claimed_for;
            store::Letter { id: LetterId(*id), sealed: sealed.clone(), attempts: 0 }
        });
        Ok(claimed.collect())
    }

    async fn write(&self, write: MailWrite, _: Timestamp) -> Result<(), CommandError> {
        if Instant::now() < self.writes_from {
            return Err(StoreError::Busy.into());
        }
        match write {
            MailWrite::Done(id) => drop(self.letters.lock().remove(&id.0)),
            other => panic!("every letter was sent: {other:?}"),
        }
        Ok(())
    }
}

/// Takes every letter.
#[derive(Debug, Default)]
struct Taken(Mutex<Vec<LetterId>>);

#[async_trait]
impl Post for Taken {
    async fn send(&self, id: LetterId, _: &Letter) -> Result<(), NotSent> {
        self.0.lock().push(id);
        Ok(())
    }
}

/// Three letters, and a store that writes nothing for this long after they were claimed.
fn sending(away_for: Duration) -> (Sending<Kept>, Arc<Taken>) {
    let secrets = Arc::new(KeySecrets::new("a", None));
    let post = Arc::new(Taken::default());
    let now = Instant::now();
    let letters = (1..=3).map(|number| {
        let letter = words::letter(TokenUse::Reset, "a@b.example".to_owned(), "reset-x", 30);
        (Uuid::from_u128(number), (letter.sealed(&secrets).unwrap(), now))
    });
    let store = Kept { letters: Mutex::new(letters.collect()), writes_from: now + away_for };
    let source = Source::system();
    let outbox = Outbox::default();
    (Sending { store, post: post.clone(), secrets, source, outbox }, post)
}

#[tokio::test(start_paused = true)]
async fn a_letter_is_sent_once_though_the_database_is_away_for_a_while() {
    let stop = CancellationToken::new();
    let (sending, post) = sending(Duration::from_secs(5));
    assert_eq!(sending.round(&stop).await, Ok(3));
    assert_eq!(post.0.lock().len(), 3, "the others did not wait for the end of the claim");
    tokio::time::sleep(Duration::from_secs(CLAIM_SECONDS)).await;
    assert_eq!(sending.round(&stop).await, Ok(0), "none is left");
    assert_eq!(post.0.lock().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn at_the_end_of_a_claim_no_letter_is_sent() {
    let stop = CancellationToken::new();
    let away = CLAIM_SECONDS - CLAIM_END_SECONDS - SENDING_SECONDS_MAX;
    let (sending, post) = sending(Duration::from_secs(away));
    assert_eq!(sending.round(&stop).await, Ok(3));
    assert_eq!(post.0.lock().len(), 1, "another node may have the others soon");
    tokio::time::sleep(Duration::from_secs(CLAIM_SECONDS - away)).await;
    assert_eq!(sending.round(&stop).await, Ok(2));
    let mut taken = post.0.lock().clone();
    taken.sort_unstable();
    taken.dedup();
    assert_eq!((taken.len(), post.0.lock().len()), (3, 3), "each once");
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_a_database_that_is_away() {
    let stop = CancellationToken::new();
    stop.cancel();
    let (sending, post) = sending(Duration::from_secs(3_600));
    let begun = Instant::now();
    assert!(sending.round(&stop).await.is_err());
    assert!(begun.elapsed() < Duration::from_secs(SENDING_SECONDS_MAX), "on the test's clock");
    assert_eq!(post.0.lock().len(), 0);
}
