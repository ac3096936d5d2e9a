//! Many seeds on all cores: each run is alone on its thread and knows nothing of the others.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use parking_lot::Mutex;

use crate::fault::Fault;
use crate::founding::Town;
use crate::report::Failure;
use crate::simulation::{Scenario, run};
use crate::trace::Tally;

/// Runs `count` seeds from `first` on and adds up what happened. `done` is called after each.
///
/// # Errors
/// The first failure that is seen; the seeds that have not begun are left out then.
pub fn run_many(first: u64, count: u64, done: impl Fn(u64) + Sync) -> Result<Tally, Box<Failure>> {
    let next = AtomicU64::new(0);
    let is_over = AtomicBool::new(false);
    let sum = Mutex::new(Tally::new());
    let failed: Mutex<Option<Box<Failure>>> = Mutex::new(None);
    let fail = |failure| {
        is_over.store(true, Ordering::Relaxed);
        failed.lock().get_or_insert(failure);
    };
    let work = || {
        let town = match Town::build() {
            Ok(town) => town,
            Err(fault) => return fail(Box::new(no_town(first, fault))),
        };
        while !is_over.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return;
            }
            let seed = first.wrapping_add(index);
            let scenario = Scenario { seed, mutation: None };
            // A panic of the program is a broken promise too, and has to name its seed.
            let outcome = catch_unwind(AssertUnwindSafe(|| run(&town, scenario)));
            match outcome.unwrap_or_else(|_| Err(Box::new(panicked(seed)))) {
                Ok(report) => {
                    let mut sum = sum.lock();
                    for (what, times) in report.tally {
                        *sum.entry(what).or_default() += times;
                    }
                    done(index);
                }
                Err(failure) => return fail(failure),
            }
        }
    };
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    match failed.into_inner() {
        Some(failure) => Err(failure),
        None => Ok(sum.into_inner()),
    }
}

fn panicked(seed: u64) -> Failure {
    let fault = Fault("it panicked; the message stands above".to_owned());
    Failure { seed, step: 0, fault, last_lines: Vec::new() }
}

fn no_town(seed: u64, fault: Fault) -> Failure {
    Failure { seed, step: 0, fault, last_lines: Vec::new() }
}
