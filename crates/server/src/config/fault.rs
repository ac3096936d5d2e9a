//! One thing that is wrong with the configuration, as one printable line.
//!
//! Whatever an operator or an attacker has written into a file or a variable, a fault is one line
//! of bounded length, and it never repeats a secret: the code that writes the message for a secret
//! setting leaves its value out.

use super::settings::{Id, SETTINGS};

/// Longest name or value that is repeated in a fault, in characters.
const REPEATED_CHARS_MAX: usize = 80;

/// A fault: `place: sentence`, where the place is a flag, a variable, or a file and its key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {sentence}")]
pub(crate) struct Fault {
    rank: Rank,
    place: String,
    sentence: String,
}

/// The order of faults: a fault that keeps a whole source from being read comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Source,
    Setting(Id),
    Unknown,
}

impl Fault {
    /// A source that could not be read.
    pub(super) fn source(place: &str, sentence: &str) -> Self {
        Self::new(Rank::Source, place, sentence)
    }

    /// A setting with a value that is not allowed.
    pub(super) fn setting(id: Id, place: &str, sentence: &str) -> Self {
        Self::new(Rank::Setting(id), place, sentence)
    }

    /// A name that means nothing here.
    pub(super) fn unknown(place: &str, sentence: &str) -> Self {
        Self::new(Rank::Unknown, place, sentence)
    }

    fn new(rank: Rank, place: &str, sentence: &str) -> Self {
        Self { rank, place: one_line(place), sentence: one_line(sentence) }
    }
}

/// Sorts faults by the order of the settings; within one setting, sources keep their order.
pub(super) fn sort(faults: &mut [Fault]) {
    faults.sort_by_key(|fault| fault.rank);
}

/// A value in the form in which a fault may repeat it: quoted, escaped and cut.
pub(super) fn quoted(value: &str) -> String {
    format!("{:?}", cut(value))
}

/// A name in the form in which a fault may repeat it: cut. [`Fault`] itself handles line breaks.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(REPEATED_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The setting (by TOML name) that `name` most probably means.
pub(super) fn nearest(name: &str) -> Option<&'static super::settings::Setting> {
    let typed = name.to_ascii_lowercase().replace('-', "_");
    // Beyond a third of the name it is another word, not a typing error.
    let slips_max = (typed.chars().count() / 3).clamp(1, 4);
    SETTINGS
        .iter()
        .map(|setting| (slips(&cut(&typed), setting.name), setting))
        .filter(|(slips, _)| *slips <= slips_max)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, setting)| setting)
}

/// How many letters to insert, drop, replace or swap with their neighbour (the optimal string
/// alignment distance): typing errors, each counted once.
fn slips(typed: &str, meant: &str) -> usize {
    let typed: Vec<char> = typed.chars().collect();
    let meant: Vec<char> = meant.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=meant.len()).collect();
    for (row, letter) in typed.iter().enumerate() {
        let mut here = vec![row + 1];
        for (column, wanted) in meant.iter().enumerate() {
            let replaced = above[column] + usize::from(letter != wanted);
            let mut least = replaced.min(above[column + 1] + 1).min(here[column] + 1);
            if row > 0 && column > 0 && typed[row - 1] == *wanted && meant[column - 1] == *letter {
                least = least.min(before[column - 1] + 1);
            }
            here.push(least);
        }
        before = std::mem::replace(&mut above, here);
    }
    above[meant.len()]
}

fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') {
            line.extend(letter.escape_default());
        } else {
            line.push(letter);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{Fault, cut, nearest, quoted};

    #[test]
    fn a_fault_is_one_bounded_line() {
        let fault = Fault::unknown("SEATWIRE_\nA", &quoted("\u{1b}[2J\r\nlistening"));
        assert_eq!(fault.to_string(), r#"SEATWIRE_\nA: "\u{1b}[2J\r\nlistening""#);
        assert_eq!(cut(&"ş".repeat(10_000)).chars().count(), 81);
    }

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        for (typed, meant) in [
            ("hold_second", Some("hold_seconds")),
            ("lsiten", Some("listen")),
            ("lgo", Some("log")),
            ("jwt-secert", Some("jwt_secret")),
            ("database_url", Some("database")),
            ("time_zone", Some("timezone")),
            ("colour", None),
            ("port", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed).map(|setting| setting.name), meant, "{typed}");
        }
    }
}
