//! Whoever was told that a letter is on its way gets it, though the database is away for a moment,
//! or the server stops.

use async_trait::async_trait;
use parking_lot::Mutex;
use store::{Done, StoreError, Write};

use super::*;
use crate::identity::key_secrets::KeySecrets;

/// The wanted letters that were written; nothing is written before `writes_from`.
struct Written {
    writes_from: Instant,
    to: Mutex<Vec<String>>,
    told: mpsc::UnboundedSender<String>,
}

#[async_trait]
impl Door for Written {
    async fn send(&self, envelope: Envelope) -> Result<Done, CommandError> {
        if Instant::now() < self.writes_from {
            return Err(StoreError::Busy.into());
        }
        let email = match envelope.write {
            Write::People(PeopleWrite::Mail(MailWrite::SendReset { email, .. })) => email,
            other => panic!("nothing else is written: {other:?}"),
        };
        self.to.lock().push(email.clone());
        drop(self.told.send(email));
        Ok(Done::Nothing)
    }
}

const ADDRESSES: [&str; 3] = ["a@firma.example", "b@firma.example", "c@firma.example"];

/// What is needed to write letters that three have asked for, to a store that is away for so long.
fn asked(
    away: Duration,
) -> (Arc<Written>, Mail, mpsc::Receiver<String>, mpsc::UnboundedReceiver<String>) {
    let source = booking::Source::system();
    let (mail, line) = Mail::new(Arc::new(KeySecrets::new("a", None)), source);
    for address in ADDRESSES {
        mail.forgotten.try_send(address.to_owned()).unwrap();
    }
    let (told, heard) = mpsc::unbounded_channel();
    let writes_from = Instant::now() + away;
    let store = Arc::new(Written { writes_from, to: Mutex::default(), told });
    (store, mail, line, heard)
}

#[tokio::test(start_paused = true)]
async fn letters_are_written_when_the_database_is_there_again() {
    let (store, mail, line, mut heard) = asked(Duration::from_secs(WRITING_SECONDS_MAX / 2));
    let stop = CancellationToken::new();
    let source = booking::Source::system();
    let writing = tokio::spawn(write_letters(store, mail, line, source, stop.clone()));
    for address in ADDRESSES {
        assert_eq!(heard.recv().await.as_deref(), Some(address));
    }
    stop.cancel();
    writing.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stop_writes_the_letters_that_were_promised_and_promises_no_more() {
    let (store, mail, line, _heard) = asked(Duration::from_secs(1));
    let stop = CancellationToken::new();
    stop.cancel();
    let source = booking::Source::system();
    write_letters(store.clone(), mail.clone(), line, source, stop).await;
    assert_eq!(*store.to.lock(), ADDRESSES);
    assert!(mail.forgotten.try_send("late@firma.example".to_owned()).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_a_database_that_is_gone() {
    let (store, mail, line, _heard) = asked(Duration::from_secs(100 * WRITING_SECONDS_MAX));
    let stop = CancellationToken::new();
    stop.cancel();
    let begun = Instant::now();
    write_letters(store.clone(), mail, line, booking::Source::system(), stop).await;
    assert!(begun.elapsed() < Duration::from_secs(WRITING_SECONDS_MAX), "on the test's clock");
    assert_eq!(*store.to.lock(), [""; 0]);
}
