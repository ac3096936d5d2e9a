//! What happened in a run, line by line: a fingerprint of all of it, and the last lines in words.

use std::collections::{BTreeMap, VecDeque};

/// Lines kept for the report of a failure.
const LINES_MAX: usize = 120;

#[derive(Debug)]
pub(crate) struct Trace {
    fingerprint: u64,
    last: VecDeque<String>,
    tally: Tally,
}

/// How often each kind of thing happened.
pub type Tally = BTreeMap<&'static str, u64>;

impl Trace {
    pub(crate) fn new() -> Self {
        // FNV-1a, as its authors give it.
        Self { fingerprint: 0xcbf2_9ce4_8422_2325, last: VecDeque::new(), tally: Tally::new() }
    }

    pub(crate) fn line(&mut self, line: String) {
        for byte in line.bytes().chain([b'\n']) {
            self.fingerprint ^= u64::from(byte);
            self.fingerprint = self.fingerprint.wrapping_mul(0x0100_0000_01b3);
        }
        if self.last.len() == LINES_MAX {
            self.last.pop_front();
        }
        self.last.push_back(line);
    }

    /// Counts one more of these.
    pub(crate) fn count(&mut self, what: &'static str) {
        self.add(what, 1);
    }

    /// Counts one more of these, if there is one.
    pub(crate) fn count_some(&mut self, what: Option<&'static str>) {
        what.into_iter().for_each(|what| self.count(what));
    }

    /// Counts this many more of these.
    pub(crate) fn add(&mut self, what: &'static str, times: u64) {
        if times > 0 {
            *self.tally.entry(what).or_default() += times;
        }
    }

    pub(crate) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    pub(crate) fn into_tally(self) -> Tally {
        self.tally
    }

    pub(crate) fn last_lines(&self) -> Vec<String> {
        self.last.iter().cloned().collect()
    }
}
