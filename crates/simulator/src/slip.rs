//! What goes with a request under an idempotency key: its key and body, and the place for its
//! answer.

use std::sync::Arc;

use domain::{PaymentState, Refusal};
use parking_lot::Mutex;
use store::{About, Answer, Answers, Done, Fingerprint, KeptAnswer, Key, KeyDigests, KeyId};

/// Which key, and which of the bodies that were asked under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Body {
    pub(crate) key: u64,
    pub(crate) body: u8,
}

/// The transaction's answer to one request with a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Outcome {
    #[default]
    Unknown,
    First(Vec<u8>),
    Repeated(Vec<u8>),
    /// The answer comes with the end of a payment.
    Begun,
}

/// The place for one request's answer.
#[derive(Debug, Default)]
pub(crate) struct Slip(Mutex<Outcome>);

impl Slip {
    pub(crate) fn outcome(&self) -> Outcome {
        self.0.lock().clone()
    }
}

impl Answers for Slip {
    fn answer(&self, result: Result<&Done, &Refusal>) -> Option<KeptAnswer> {
        let content = match result {
            Ok(done) => format!("{:?}", done.clone().answer().words()),
            Err(refusal) => format!("refused: {refusal:?}"),
        };
        let content = content.into_bytes();
        *self.0.lock() = Outcome::First(content.clone());
        Some(KeptAnswer { status: 200, content })
    }

    fn begun(&self) {
        *self.0.lock() = Outcome::Begun;
    }

    fn repeat(&self, answer: &KeptAnswer) {
        *self.0.lock() = Outcome::Repeated(answer.content.clone());
    }
}

/// The answer to a request whose payment has ended.
struct Settled;

pub(crate) fn settled() -> Arc<dyn Answers> {
    Arc::new(Settled)
}

impl Answers for Settled {
    fn answer(&self, result: Result<&Done, &Refusal>) -> Option<KeptAnswer> {
        let answer = result.ok()?.clone().answer();
        let payment = answer.payments.first()?;
        if payment.state() == PaymentState::Started {
            return None;
        }
        let shares: Vec<_> =
            payment.shares.iter().map(|share| (share.amount, share.state)).collect();
        let content = format!("{} {shares:?}", payment.id).into_bytes();
        Some(KeptAnswer { status: 200, content })
    }

    fn begun(&self) {}

    fn repeat(&self, _: &KeptAnswer) {}
}

/// The part of an answer that its reader would see.
trait Words {
    fn words(&self) -> Vec<String>;
}

impl Words for Answer {
    fn words(&self) -> Vec<String> {
        match &self.about {
            About::Hold(hold) => vec![format!("hold {} {:?}", hold.id, hold.state)],
            About::Block(block) => vec![format!("block {}", block.id)],
            About::Ticket(_) | About::Booking { .. } => {
                let tickets = self.tickets_named_first().map(|view| &view.ticket);
                let words = tickets.map(|ticket| {
                    format!("{} seat {} {} {:?}", ticket.id, ticket.seat, ticket.pnr, ticket.status)
                });
                words.collect()
            }
        }
    }
}

const NUMBER_BYTES: usize = 8;

/// The number of a key, from its name in the table.
pub(crate) fn number(id: [u8; 32]) -> u64 {
    let mut bytes = [0; NUMBER_BYTES];
    bytes.copy_from_slice(&id[..NUMBER_BYTES]);
    u64::from_be_bytes(bytes)
}

impl Body {
    pub(crate) fn key(self, slip: Arc<Slip>) -> Key {
        let mut id = [0; 32];
        id[..NUMBER_BYTES].copy_from_slice(&self.key.to_be_bytes());
        let digests = KeyDigests { id: KeyId(id), fingerprint: Fingerprint([self.body; 32]) };
        Key { digests, previous: None, answers: slip, until_settled: None }
    }
}
