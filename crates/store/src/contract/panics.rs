//! A decision that panics is a mistake in a rule that one write meets: that write fails, and no
//! other.

use std::sync::Arc;

use domain::{Command, Refusal, Station, StationId, StationKind};

use super::desk::answered;
use super::{Harness, World};
use crate::{
    Answers, CatalogueWrite, CommandError, Done, Envelope, Fingerprint, KeptAnswer, Key,
    KeyDigests, KeyId, Sender, SettledAnswers, StoreError,
};

/// How many seats are sold beside each write that panics.
const BESIDE: u16 = 9;

/// How many are sold in all.
const SOLD: u16 = 4 * BESIDE;

/// Is asked inside the transaction, as the rules are.
struct Panics;

impl Answers for Panics {
    fn answer(&self, _: Result<&Done, &Refusal>) -> Option<KeptAnswer> {
        panic!("a mistake that one write meets")
    }

    fn begun(&self) {}

    fn repeat(&self, _: &KeptAnswer) {
        panic!("a mistake that one write meets")
    }
}

struct Fine;

impl Answers for Fine {
    fn answer(&self, _: Result<&Done, &Refusal>) -> Option<KeptAnswer> {
        Some(KeptAnswer { status: 200, content: Vec::new() })
    }

    fn begun(&self) {}

    fn repeat(&self, _: &KeptAnswer) {}
}

fn keyed(envelope: Envelope, key: u8, answers: impl Answers + 'static) -> Envelope {
    let key = Key {
        digests: KeyDigests { id: KeyId([key; 32]), fingerprint: Fingerprint([key; 32]) },
        previous: None,
        answers: Arc::new(answers),
        until_settled: None,
    };
    Envelope { sender: Sender { key: Some(key), ..envelope.sender }, ..envelope }
}

pub async fn a_write_that_panics_fails_alone<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(SOLD + 3).await;
    let [panicking, answered_before, paid] = [SOLD + 1, SOLD + 2, SOLD + 3];
    let book = |seat| world.by(world.customer, Command::Book(world.booking(route, seat, (0, 3))));
    let station = || {
        let (name, slug) = ("Bolu".to_owned(), "bolu".to_owned());
        let (id, kind, at) = (StationId(world.id()), StationKind::City, world.now);
        let station = Station { id, name, slug, kind, created_at: at, updated_at: at };
        Envelope::new(CatalogueWrite::CreateStation(station), world.admin, world.now)
    };
    let ticket = world.book(world.customer, route, paid, (0, 3)).await.unwrap();
    let (payment, begin) = world.beginning(world.customer, ticket);
    let mut begin = keyed(begin, 1, Fine);
    begin.sender.key.as_mut().unwrap().until_settled = Some(payment);
    world.execute(begin).await.unwrap();
    world.execute(keyed(book(answered_before), 2, Fine)).await.unwrap();
    let settle = world.settling(ticket, payment, true);
    let settling_panics = SettledAnswers(Arc::new(Panics));
    let settle_panics = Envelope {
        sender: Sender { settled: Some(settling_panics), ..settle.sender.clone() },
        ..settle.clone()
    };
    let panics = [
        ("decided in memory", keyed(book(panicking), 3, Panics)),
        ("written by itself", keyed(station(), 4, Panics)),
        ("at the end of a payment", settle_panics),
        ("at a repeat", keyed(book(answered_before), 2, Panics)),
    ];
    // One after the other: the writes of a group may be undone together.
    for ((what, panics), first) in panics.into_iter().zip((1..).step_by(usize::from(BESIDE))) {
        let sales = (first..first + BESIDE).map(|seat| ("sold", book(seat)));
        let (mut sent, half) = (sales.collect::<Vec<_>>(), usize::from(BESIDE / 2));
        sent.insert(half, (what, panics));
        let sent = sent.into_iter().map(|(what, envelope)| {
            let desk = world.desk();
            tokio::spawn(async move { (what, desk.store.send(envelope).await) })
        });
        for one in sent.collect::<Vec<_>>() {
            match one.await.unwrap() {
                ("sold", answer) => drop(answered(answer).unwrap()),
                (what, answer) => {
                    let failed = matches!(answer, Err(CommandError::Store(StoreError::Failed(_))));
                    assert!(failed, "{what}: {answer:?}");
                }
            }
        }
    }
    // Nothing of them is stored, nor stands under their keys.
    for again in [keyed(book(panicking), 3, Fine), keyed(station(), 4, Fine), settle] {
        answered(world.store.send(again).await).unwrap();
    }
    let repeat = world.store.send(keyed(book(answered_before), 2, Fine)).await;
    assert_eq!(answered(repeat), Err(Refusal::KeyAnswered));
    let ledger = world.finish().await;
    assert_eq!(ledger.tickets.len(), usize::from(SOLD + 3));
}
