//! What happened to a viewer, and its last packets: for the report of a difference.

use super::Viewer;

/// How much is kept of what happened to a viewer, and of its packets.
const HAPPENED_MAX: usize = 14;
const WORDS_MAX: usize = 24;

/// One message about a route, for the record.
pub(super) struct Word {
    at: u128,
    name: &'static str,
    route: usize,
    seq: Option<u64>,
}

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { at, name, route, seq } = self;
        write!(f, "{at} {name} {route}")?;
        seq.map_or(Ok(()), |seq| write!(f, "@{seq}"))
    }
}

impl Viewer {
    /// Its name and what happened to it last.
    pub(crate) fn story(&self) -> String {
        let state = self.state.borrow();
        let happened: Vec<_> = state.happened.iter().map(String::as_str).collect();
        let words: Vec<_> = state.words.iter().map(Word::to_string).collect();
        let wanders = if self.plan.wanders { ", wandering" } else { "" };
        format!(
            "viewer {} ({:?}{wanders}, port {}); last: {}; words: {}",
            self.plan.index,
            self.plan.kind,
            self.plan.port,
            happened.join(" | "),
            words.join(", ")
        )
    }

    pub(super) fn differs(&self, what: String) {
        self.world.differs(format!("{what}; {}", self.story()));
    }

    pub(super) fn word(&self, name: &'static str, route: usize, seq: Option<u64>) {
        let words = &mut self.state.borrow_mut().words;
        if words.len() >= WORDS_MAX {
            words.pop_front();
        }
        words.push_back(Word { at: self.world.now(), name, route, seq });
    }

    pub(super) fn note(&self, what: String) {
        let mut state = self.state.borrow_mut();
        if state.happened.len() >= HAPPENED_MAX {
            state.happened.pop_front();
        }
        let reached: Vec<_> =
            state.watched.iter().map(|watched| watched.sight.last().unwrap_or(0)).collect();
        let entry = format!("{} ms {what} at {reached:?}", self.world.now());
        state.happened.push_back(entry);
    }
}
