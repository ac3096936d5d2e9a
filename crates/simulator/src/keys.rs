//! Idempotency keys as callers know them: a repeat acts once and gets the first answer, even after
//! a crash in between; under a key there is one body.

use std::collections::{BTreeMap, BTreeSet};

use domain::PaymentState;

use crate::books::Books;
use crate::fault::{Checked, ensure};
use crate::rows::KeyRow;
use crate::slip::Body;

/// What the auditor knows of the keys.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// The one body of each key that was answered, and the answer.
    answered: BTreeMap<u64, (u8, Vec<u8>)>,
    /// Keys whose first request was answered as done.
    acted: BTreeSet<u64>,
    have_begun: BTreeSet<u64>,
    /// The last payment that each key has begun.
    payments: BTreeMap<u64, u128>,
}

impl Keys {
    /// Checks the tables before and after a commit.
    pub(crate) fn check(&mut self, before: &Books, after: &Books) -> Checked {
        for (key, known) in &before.keys {
            let now = after.keys.get(key);
            let is_kept = match known.content {
                Some(_) => now == Some(known),
                // One that was never sent frees its key, which may be forgotten in the same commit.
                None => {
                    let began = known.payment.unwrap_or_default();
                    now.is_some() || has_only(after, began, PaymentState::Declined)
                }
            };
            ensure(is_kept, || format!("what stood under key {key} as {known:?} is {now:?}"))?;
        }
        for (key, row) in &after.keys {
            let KeyRow { payment, content, is_free } = row;
            if *is_free {
                continue;
            }
            ensure(payment.is_some() != content.is_some(), || format!("key {key}: {row:?}"))?;
            let Some(id) = payment else { continue };
            self.have_begun.insert(*key);
            let began = self.payments.insert(*key, *id);
            // Only one that was never sent may be followed by another.
            let acts_once = began
                .is_none_or(|began| began == *id || has_only(after, began, PaymentState::Declined));
            ensure(acts_once, || format!("key {key} has begun two payments"))?;
            let waits = has_only(after, *id, PaymentState::Started);
            ensure(waits, || format!("key {key} waits for a payment that has ended"))?;
        }
        Ok(())
    }

    /// Whether a request under this key has ever begun a payment.
    pub(crate) fn has_begun_payment(&self, key: u64) -> bool {
        self.have_begun.contains(&key)
    }

    /// A caller got this answer under a key. `is_first`: not marked as a repeat.
    pub(crate) fn told(
        &mut self,
        Body { key, body }: Body,
        content: &[u8],
        is_first: bool,
        books: &Books,
    ) -> Checked {
        let says = || String::from_utf8_lossy(content).into_owned();
        // A repeat may get the answer before the first request does.
        let acts_once = !is_first || self.acted.insert(key);
        ensure(acts_once, || format!("key {key} has acted twice: {}", says()))?;
        match self.answered.get(&key) {
            Some((known, first)) => {
                ensure(*known == body, || format!("key {key} has answered two bodies"))?;
                ensure(first == content, || {
                    let first = String::from_utf8_lossy(first);
                    format!("key {key} has answered {first}, and then {}", says())
                })?;
            }
            None => drop(self.answered.insert(key, (body, content.to_vec()))),
        }
        let row = books.keys.get(&key);
        let is_kept = row.is_some_and(|row| row.content.as_deref() == Some(content));
        ensure(is_kept, || format!("key {key} was answered {}, and kept is {row:?}", says()))
    }
}

/// Whether this payment exists and all of it is in that state.
fn has_only(books: &Books, payment: u128, state: PaymentState) -> bool {
    let mut shares = books.payments.iter().filter(|share| share.id == payment).peekable();
    shares.peek().is_some() && shares.all(|share| share.state == state)
}
