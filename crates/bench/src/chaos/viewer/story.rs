//! What happened to a viewer, and its last packets: for the report of a difference.

use std::collections::VecDeque;
use std::fmt;

/// How much is kept of what happened to a viewer, and of its packets.
const HAPPENED_MAX: usize = 14;
const WORDS_MAX: usize = 24;

#[derive(Default)]
pub(super) struct Story {
    happened: VecDeque<String>,
    words: VecDeque<Word>,
}

/// One message about a route, for the record.
pub(super) struct Word {
    pub(super) at: u128,
    pub(super) name: &'static str,
    pub(super) route: usize,
    pub(super) seq: Option<u64>,
}

impl Story {
    pub(super) fn has_happened(&mut self, what: String) {
        if self.happened.len() >= HAPPENED_MAX {
            self.happened.pop_front();
        }
        self.happened.push_back(what);
    }

    pub(super) fn was_said(&mut self, word: Word) {
        if self.words.len() >= WORDS_MAX {
            self.words.pop_front();
        }
        self.words.push_back(word);
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let happened: Vec<_> = self.happened.iter().map(String::as_str).collect();
        let words: Vec<_> = self.words.iter().map(Word::to_string).collect();
        write!(f, "last: {}; words: {}", happened.join(" | "), words.join(", "))
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, name, route, seq } = self;
        write!(f, "{at} {name} {route}")?;
        seq.map_or(Ok(()), |seq| write!(f, "@{seq}"))
    }
}
