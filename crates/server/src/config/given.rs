//! What the sources gave, before it is parsed: texts by setting, and where each one came from.
//!
//! A text of a later source replaces that of an earlier one as a whole; nothing is merged. A value
//! that was replaced is never checked, so a machine's file can be overridden for one start.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::settings::{Id, Setting};

/// All sources together, or one of them on its way there.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    values: BTreeMap<Id, Value>,
    pub(super) faults: Vec<Fault>,
}

/// The text of one setting from the source that won.
#[derive(Clone, Debug)]
pub(super) struct Value {
    /// `None` when the source had something that is not a text, which has a fault already.
    pub(super) text: Option<String>,
    pub(super) source: Source,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A file, by the name under which it was asked for.
    File(String),
    Environment,
    /// A variable that is not named after the setting.
    Variable(&'static str),
    Flag,
}

impl Given {
    /// The value of a setting, if any source gave it.
    pub(super) fn get(&self, id: Id) -> Option<&Value> {
        self.values.get(&id)
    }

    /// Notes what a source says about a setting.
    pub(super) fn put(&mut self, id: Id, text: String, source: Source) {
        self.values.insert(id, Value { text: Some(text), source });
    }

    /// Notes that a source gave a setting in a form that cannot be read at all.
    pub(super) fn put_unreadable(&mut self, id: Id, source: Source, sentence: &str) {
        self.faults.push(Fault::setting(id, &source.place(id.setting()), sentence));
        self.values.insert(id, Value { text: None, source });
    }

    /// Lays a later source over this one.
    pub(super) fn overlay(&mut self, later: Self) {
        self.values.extend(later.values);
        // Flags come last, but an operator looks at them first.
        self.faults.splice(0..0, later.faults);
    }
}

impl Source {
    /// The text in brackets after a value in `check-config`.
    pub(super) fn name(&self, setting: &Setting) -> String {
        match self {
            Self::File(file) => file.clone(),
            Self::Environment => setting.env.to_owned(),
            Self::Variable(name) => (*name).to_owned(),
            Self::Flag => format!("--{}", setting.flag),
        }
    }

    /// The text before a fault.
    pub(super) fn place(&self, setting: &Setting) -> String {
        match self {
            Self::File(file) => format!("{file}: {}", setting.name),
            Self::Environment | Self::Variable(_) | Self::Flag => self.name(setting),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{faults, served};

    #[test]
    fn a_value_that_was_replaced_is_not_judged() {
        let env = [("SEATWIRE_HOLD_SECONDS", "60")];
        assert_eq!(served(&[], &env, "hold_seconds = 'soon'").hold_seconds.get(), 60);
    }

    #[test]
    fn a_value_of_the_wrong_type_is_told_even_then() {
        let env = [("SEATWIRE_HOLD_SECONDS", "60")];
        assert_eq!(
            faults(&[], &env, "hold_seconds = 1.5"),
            ["seatwire.toml: hold_seconds: must be an integer or a string, not a float"]
        );
    }
}
