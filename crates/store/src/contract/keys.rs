//! Idempotency keys: a repeat acts once and gets the first answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::{Refusal, StationId, StationKind};
use jiff::SignedDuration;

use super::desk::answered;
use super::{Desk, Harness, World};
use crate::{
    Answers, CatalogueWrite, Done, Envelope, Fingerprint, KEY_HOURS, KeptAnswer, Key, KeyDigests,
    KeyId, Sender, SettledAnswers, Write,
};

/// Answers with what it is given, and counts.
#[derive(Debug, Default)]
struct Words {
    said: AtomicUsize,
    repeated: AtomicUsize,
}

impl Answers for Words {
    fn answer(&self, result: Result<&Done, &Refusal>) -> Option<KeptAnswer> {
        self.said.fetch_add(1, Ordering::Relaxed);
        Some(KeptAnswer { status: 200, content: format!("{result:?}").into_bytes() })
    }

    fn begun(&self) {}

    fn repeat(&self, answer: &KeptAnswer) {
        assert_eq!(answer.status, 200);
        self.repeated.fetch_add(1, Ordering::Relaxed);
    }
}

fn keyed(envelope: Envelope, key: u8, request: u8, words: &Arc<Words>) -> Envelope {
    let key = Key {
        digests: KeyDigests { id: KeyId([key; 32]), fingerprint: Fingerprint([request; 32]) },
        previous: None,
        answers: Arc::clone(words) as Arc<dyn Answers>,
        until_settled: None,
    };
    Envelope { sender: Sender { key: Some(key), ..envelope.sender }, ..envelope }
}

/// A write that reads and writes its tables by itself.
fn station<H: Harness>(world: &World<H>, name: &str) -> Envelope {
    let station = domain::Station {
        id: StationId(world.id()),
        name: name.to_owned(),
        slug: name.to_owned(),
        kind: StationKind::City,
        created_at: world.now,
        updated_at: world.now,
    };
    Envelope::new(CatalogueWrite::CreateStation(station), world.admin, world.now)
}

fn counts(words: &Words) -> (usize, usize) {
    (words.said.load(Ordering::Relaxed), words.repeated.load(Ordering::Relaxed))
}

async fn many(desk: &Desk, words: &Arc<Words>, make: impl Fn() -> Envelope) -> Vec<Refusal> {
    let racing: Vec<_> = (0..64)
        .map(|_| {
            let (desk, envelope) = (desk.clone(), keyed(make(), 1, 1, words));
            tokio::spawn(async move { answered(desk.store.send(envelope).await).err() })
        })
        .collect();
    let mut refused = Vec::new();
    for one in racing {
        refused.extend(one.await.unwrap());
    }
    refused
}

pub async fn of_64_repeats_one_acts<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let words = Arc::new(Words::default());
    let book = || {
        let booking = world.booking(route, 1, (0, 3));
        world.by(world.customer, domain::Command::Book(booking))
    };
    let refused = many(&world, &words, book).await;
    assert_eq!(refused, vec![Refusal::KeyAnswered; 63]);
    assert_eq!(counts(&words).1, 63, "each of them is told what the first was answered");
    let other = keyed(book(), 1, 2, &words);
    assert_eq!(answered(world.store.send(other).await), Err(Refusal::KeyReused));
    // Read again, also by the next process.
    let world = world.reopened().await;
    let repeat = world.by(world.customer, domain::Command::Book(world.booking(route, 2, (0, 3))));
    let repeat = world.store.send(keyed(repeat, 1, 1, &words)).await;
    assert_eq!(answered(repeat), Err(Refusal::KeyAnswered));
    let ledger = world.finish().await;
    assert_eq!(ledger.events[&route].len(), 1);
}

/// A request is known by the secret before, too: under its old digests it was answered already.
pub async fn what_was_kept_by_the_secret_before_is_repeated<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let words = Arc::new(Words::default());
    let book = |seat| {
        let booking = world.booking(route, seat, (0, 3));
        world.by(world.customer, domain::Command::Book(booking))
    };
    let with_previous = |envelope, (new, old), request| {
        let mut envelope = keyed(envelope, new, request, &words);
        let key = envelope.sender.key.as_mut().unwrap();
        key.previous = Some(KeyDigests { id: KeyId([old; 32]), ..key.digests });
        envelope
    };
    answered(world.store.send(keyed(book(1), 1, 1, &words)).await).unwrap();
    answered(world.store.send(keyed(station(&world, "bolu"), 3, 1, &words)).await).unwrap();
    for (envelope, old) in [(book(2), 1), (station(&world, "gerede"), 3)] {
        let send = |request| world.store.send(with_previous(envelope.clone(), (2, old), request));
        assert_eq!(answered(send(1).await), Err(Refusal::KeyAnswered));
        assert_eq!(answered(send(2).await), Err(Refusal::KeyReused));
    }
    // Nothing stands under either: it is written under the new one.
    answered(world.store.send(with_previous(book(3), (4, 5), 1)).await).unwrap();
    assert_eq!(
        answered(world.store.send(keyed(book(4), 4, 1, &words)).await),
        Err(Refusal::KeyAnswered)
    );
    answered(world.store.send(keyed(book(4), 5, 1, &words)).await).unwrap();
    let ledger = world.finish().await;
    assert_eq!(ledger.events[&route].len(), 3);
}

/// A refusal writes nothing, and every repeat gets it, also when the request would be accepted by
/// now.
pub async fn a_refusal_is_kept_too<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let words = Arc::new(Words::default());
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let book = || {
        let booking = world.booking(route, 1, (0, 3));
        world.by(world.customer, domain::Command::Book(booking))
    };
    let mut refused = many(&world, &words, book).await;
    refused.sort_by_key(|refusal| *refusal == Refusal::KeyAnswered);
    assert_eq!(refused[0], Refusal::SeatTaken);
    assert_eq!(refused[1..], vec![Refusal::KeyAnswered; 63]);
    world.execute(world.cancelling(world.customer, ticket)).await.unwrap();
    let repeat = world.store.send(keyed(book(), 1, 1, &words)).await;
    assert_eq!(answered(repeat), Err(Refusal::KeyAnswered));
    // After a day the key is free again.
    let mut late = world.desk();
    late.now += SignedDuration::from_hours(KEY_HOURS) + SignedDuration::from_secs(1);
    let refused = |late: &Desk| {
        let envelope = Envelope::new(Write::Nothing, world.customer, late.now);
        keyed(envelope, 1, 9, &words)
    };
    assert_eq!(answered(late.store.send(refused(&late)).await), Ok(Done::Nothing));
    drop(late);
    world.finish().await;
}

/// A write that reads and writes its tables by itself leaves only its key when it is refused.
pub async fn a_catalogue_write_acts_once<H: Harness>() {
    let world = World::<H>::new().await;
    let words = Arc::new(Words::default());
    let refused = many(&world, &words, || station(&world, "bolu")).await;
    assert_eq!(refused, vec![Refusal::KeyAnswered; 63]);
    let taken = || keyed(station(&world, "bolu"), 2, 2, &words);
    assert_eq!(answered(world.store.send(taken()).await).map(drop), Err(Refusal::StationTaken));
    assert_eq!(answered(world.store.send(taken()).await).map(drop), Err(Refusal::KeyAnswered));
    assert_eq!(world.store.stations(Default::default(), super::EVERYTHING).await.unwrap().total, 1);
    world.finish().await;
}

/// A payment is several commands: its key is in flight until one of them settles it.
pub async fn a_payments_key_waits_for_its_end<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let words = Arc::new(Words::default());
    let (payment, begin) = world.beginning(world.customer, ticket);
    let mut begin = keyed(begin, 1, 1, &words);
    begin.sender.key.as_mut().unwrap().until_settled = Some(payment);
    world.execute(begin.clone()).await.unwrap();
    assert_eq!(world.execute(begin.clone()).await, Err(Refusal::KeyInFlight));
    assert_eq!(counts(&words), (0, 0));
    let world = world.reopened().await;
    let mut settle = world.settling(ticket, payment, true);
    settle.sender.settled = Some(SettledAnswers(Arc::clone(&words) as Arc<dyn Answers>));
    world.execute(settle.clone()).await.unwrap();
    world.execute(settle).await.unwrap();
    assert_eq!(counts(&words).0, 1, "settled once");
    assert_eq!(world.execute(begin).await, Err(Refusal::KeyAnswered));
    assert_eq!(counts(&words), (1, 1));
    world.finish().await;
}

/// A payment that was never sent is answered with a failure, which is not kept: the key is free
/// again.
pub async fn a_key_is_free_again_when_its_payment_ends_without_an_answer<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let words = Arc::new(Words::default());
    let begin = || {
        let (payment, begin) = world.beginning(world.customer, ticket);
        let mut begin = keyed(begin, 1, 1, &words);
        begin.sender.key.as_mut().unwrap().until_settled = Some(payment);
        (payment, begin)
    };
    let (first, beginning) = begin();
    world.execute(beginning).await.unwrap();
    world.execute(world.settling(ticket, first, false)).await.unwrap();
    let (second, beginning) = begin();
    world.execute(beginning).await.unwrap();
    assert_eq!(world.execute(begin().1).await, Err(Refusal::KeyInFlight), "and waits again");
    // The key keeps nothing of the first payment any more, also when the provider answers late.
    let mut late = world.settling(ticket, first, true);
    late.sender.settled = Some(SettledAnswers(Arc::clone(&words) as Arc<dyn Answers>));
    world.execute(late).await.unwrap();
    assert_eq!(world.execute(begin().1).await, Err(Refusal::KeyInFlight));
    let mut settle = world.settling(ticket, second, true);
    settle.sender.settled = Some(SettledAnswers(Arc::clone(&words) as Arc<dyn Answers>));
    world.execute(settle).await.unwrap();
    assert_eq!(world.execute(begin().1).await, Err(Refusal::KeyAnswered));
    assert_eq!(counts(&words), (1, 1));
    world.finish().await;
}
