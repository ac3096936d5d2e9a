//! How a run ended: as it should, or with the broken promise and how to repeat it.

use crate::fault::Fault;
use crate::trace::Tally;

/// A run in which every promise was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Of everything that happened, in order: the same for the same seed.
    pub fingerprint: u64,
    /// How often each kind of thing happened.
    pub tally: Tally,
}

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Runs it again.
    pub seed: u64,
    /// The step in which it was seen.
    pub step: u64,
    /// What is wrong.
    pub fault: Fault,
    /// What happened last.
    pub last_lines: Vec<String>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for line in &self.last_lines {
            writeln!(f, "{line}")?;
        }
        let Self { seed, step, fault, .. } = self;
        writeln!(f, "seed {seed}, step {step}: {fault}")?;
        write!(f, "again: cargo xtask simulate --seed {seed} --seeds 1")
    }
}
