//! The one door: every write of a group, decided under the clock.
//!
//! A command on the inventory is decided on the working set, which has its facts already; any other
//! write reads and writes its tables by itself, in the order of arrival, and is undone alone.

use std::panic::{AssertUnwindSafe, catch_unwind};

use domain::audit::{self, Audited};
use domain::{Command, Refusal};
use futures_util::FutureExt as _;
use store::{Done, Envelope, KeyRow, Made, Write};

use crate::fault::{Fault, Result};
use crate::group::Inside;
use crate::table::viewer_order;
use crate::{catalogue_writes, people_writes, pruning};

/// The kept result of a write: its answer, or the refusal that stands under its key.
type Kept = std::result::Result<Done, Refusal>;

/// Whether it reads or writes tables without the working set.
pub(crate) fn is_by_itself(envelope: &Envelope) -> bool {
    matches!(
        envelope.write,
        Write::Catalogue(_) | Write::People(_) | Write::Prune(_) | Write::Viewers(..)
    )
}

/// Decides a write whose facts are in the set. An error leaves nothing behind.
pub(crate) fn decide(inside: &mut Inside<'_>, envelope: &Envelope) -> Result<Kept> {
    caught(|| {
        met(inside, envelope)?;
        let result = decide_in_memory(inside, envelope);
        kept(inside, envelope, result)
    })
}

/// A decision that panics, or the writing down of its answer, is a mistake in a rule that one
/// command meets; it must not fail its whole group. Whatever it left in the set is forgotten with
/// the transaction.
fn caught<T>(decision: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(decision)).unwrap_or_else(|_| Err(Fault::Panicked))
}

fn decide_in_memory(inside: &mut Inside<'_>, envelope: &Envelope) -> Result<Done> {
    match &envelope.write {
        Write::Inventory(command) => {
            let answer = inside.set.decide(command, envelope)?;
            let done = Done::Inventory(Box::new(answer));
            if let Command::SettlePayment(settle) = command {
                inside.set.settle_key(settle.payment_id, &envelope.sender, &done);
            }
            Ok(done)
        }
        Write::Shown(shown) => {
            inside.set.audit(envelope, [Audited::shown(shown)]);
            Ok(Done::Nothing)
        }
        Write::Nothing => Ok(Done::Nothing),
        Write::Catalogue(_) | Write::People(_) | Write::Prune(_) | Write::Viewers(..) => {
            unreachable!("what writes by itself is not decided in memory")
        }
    }
}

/// Carries out a write that needs its tables. All earlier decisions are written already. The outer
/// error is of the whole group; the inner one left nothing behind.
pub(crate) async fn by_itself(
    inside: &mut Inside<'_>,
    envelope: &Envelope,
) -> Result<Result<Kept>> {
    if let Err(met) = caught(|| met(inside, envelope)) {
        return Ok(Err(met));
    }
    let (told, place) = (inside.events.len(), inside.last_place());
    inside.audited.clear();
    inside.db.batch("SAVEPOINT by_itself").await?;
    let written = AssertUnwindSafe(write_tables(inside, envelope)).catch_unwind().await;
    let written = written.unwrap_or_else(|_| Err(Fault::Panicked));
    if let Err(fault) = &written {
        if !fault.is_of_a_command() {
            return written.map(|_| unreachable!("it is an error"));
        }
        inside.db.batch("ROLLBACK TO by_itself").await?;
        inside.events.truncate(told);
        inside.set.facts().set_last_position(place);
    } else {
        let audited = std::mem::take(&mut inside.audited);
        inside.set.audit(envelope, audited);
    }
    inside.db.batch("RELEASE by_itself").await?;
    Ok(caught(|| kept(inside, envelope, written)))
}

async fn write_tables(inside: &mut Inside<'_>, envelope: &Envelope) -> Result<Done> {
    let made = Made::of(envelope);
    match &envelope.write {
        Write::Catalogue(write) => catalogue_writes::write(inside, write, made).await,
        Write::People(write) => people_writes::write(inside, write, made).await,
        Write::Prune(write) => Ok(Done::Pruned(pruning::prune(inside, *write).await?)),
        Write::Viewers(node, order) => {
            viewer_order::insert(inside.db, *node, order, made.now).await?;
            inside.audited.push(audit::of_viewer_order(order));
            Ok(Done::Nothing)
        }
        Write::Inventory(_) | Write::Shown(_) | Write::Nothing => {
            unreachable!("what is decided in memory writes no table by itself")
        }
    }
}

/// An answer that stands under the key already.
fn met(inside: &Inside<'_>, envelope: &Envelope) -> Result<()> {
    let Some(key) = &envelope.sender.key else { return Ok(()) };
    match inside.set.meet(key, envelope.now) {
        Some(refusal) => Err(refusal.into()),
        None => Ok(()),
    }
}

/// A refusal under a key is kept too: the write itself succeeds, because its answer has to be
/// written.
fn kept(inside: &mut Inside<'_>, envelope: &Envelope, result: Result<Done>) -> Result<Kept> {
    let result = match result {
        Ok(done) => Ok(done),
        Err(Fault::Refused(refusal)) => Err(refusal),
        Err(fault) => return Err(fault),
    };
    if let Some(key) = &envelope.sender.key
        && let Some(row) = KeyRow::after(key, result.as_ref(), envelope.now)
    {
        inside.set.set_key(row);
    }
    Ok(result)
}
