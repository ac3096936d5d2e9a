//! Reads one setting at a time: the winning text or the default, parsed, and how it is shown.
//!
//! A value that could not be parsed is never shown, because it may be a secret in the wrong place.
//! Defaults go through the same parser as given values. What a value means together with another is
//! not known here.

use std::collections::BTreeMap;
use std::fmt;

use super::choice::Mode;
use super::fault::Fault;
use super::given::Given;
use super::settings::{Fallback, Id, SETTINGS};

/// Reads settings one by one and remembers how each is shown.
pub(super) struct Reader {
    pub(super) given: Given,
    /// Which defaults apply.
    pub(super) mode: Mode,
    shown: BTreeMap<Id, String>,
}

impl Reader {
    pub(super) fn new(given: Given) -> Self {
        Self { given, mode: Mode::Development, shown: BTreeMap::new() }
    }

    /// The value of a setting that is shown by its `Display`. `None` when it is unset or at fault.
    pub(super) fn read<T: fmt::Display>(
        &mut self,
        id: Id,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.read_as(id, parse, T::to_string)
    }

    /// The same for a value without `Display`, or whose `Display` is not what an operator would
    /// type.
    pub(super) fn read_as<T>(
        &mut self,
        id: Id,
        parse: impl FnOnce(&str) -> Result<T, String>,
        show: impl FnOnce(&T) -> String,
    ) -> Option<T> {
        let text = match (self.given.get(id), id.setting().default) {
            (Some(value), _) => value.text.clone(),
            (None, Fallback::Text(text)) => Some(text.to_owned()),
            (None, Fallback::ByMode { development, production }) => Some(match self.mode {
                Mode::Development => development.to_owned(),
                Mode::Production => production.to_owned(),
            }),
            (None, Fallback::Unset(meaning)) => return self.unset(id, meaning),
            (None, Fallback::UnsetByMode { development, production }) => {
                return self.unset(
                    id,
                    match self.mode {
                        Mode::Development => development,
                        Mode::Production => production,
                    },
                );
            }
        };
        let value = match text.map(|text| refuse_control(&text).and_then(|()| parse(&text))) {
            Some(Ok(value)) => Some(value),
            Some(Err(sentence)) => {
                self.fault(id, &sentence);
                None
            }
            // The source had no text and has reported that already.
            None => None,
        };
        let shown = value.as_ref().map_or_else(|| "(not understood)".to_owned(), show);
        self.shown.insert(id, shown);
        value
    }

    fn unset<T>(&mut self, id: Id, meaning: &str) -> Option<T> {
        self.shown.insert(id, meaning.to_owned());
        None
    }

    /// Makes a fault of every setting that this version does not support.
    pub(super) fn refuse_unsupported(&mut self) {
        for setting in &SETTINGS {
            let Some(reason) = setting.unsupported else { continue };
            let given = self.is_given(setting.id);
            if given {
                self.fault(setting.id, &format!("{reason}; leave it unset"));
            }
            let shown = if given { "(not supported)" } else { "none" };
            self.shown.insert(setting.id, shown.to_owned());
        }
    }

    /// Two settings that only make sense together.
    pub(super) fn pair(&mut self, one: Id, other: Id) {
        for (missing, present) in [(one, other), (other, one)] {
            if self.is_given(present) && !self.is_given(missing) {
                let sentence = format!("must be set together with {}", present.setting().name);
                self.fault(missing, &sentence);
            }
        }
    }

    pub(super) fn is_given(&self, id: Id) -> bool {
        self.given.get(id).is_some()
    }

    /// Names the source that gave the setting; a missing one is requested as a variable.
    pub(super) fn fault(&mut self, id: Id, sentence: &str) {
        let setting = id.setting();
        let place = match self.given.get(id) {
            Some(value) => value.source.place(setting),
            None => setting.env.to_owned(),
        };
        self.given.faults.push(Fault::setting(id, &place, sentence));
    }

    /// One line per setting: `name = value   (source)`.
    pub(super) fn report(&self) -> String {
        let mut report = String::new();
        for (id, shown) in &self.shown {
            let setting = id.setting();
            let source = match self.given.get(*id) {
                Some(value) => value.source.name(setting),
                None => "default".to_owned(),
            };
            report.push_str(&format!("{} = {shown}   ({source})\n", setting.name));
        }
        report
    }
}

/// No setting needs one, and a stray line break from a file is how they usually get in.
fn refuse_control(text: &str) -> Result<(), String> {
    match text.contains(char::is_control) {
        true => Err("holds a line break or another control character".to_owned()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::faults;

    #[test]
    fn control_characters_are_refused_everywhere() {
        let env = [
            ("SEATWIRE_JWT_SECRET", "0123456789abcdef0123456789abcdef\n"),
            ("SEATWIRE_DATABASE", "sqlite://a\0b"),
        ];
        let told = "holds a line break or another control character";
        assert_eq!(
            faults(&[], &env, ""),
            [format!("SEATWIRE_DATABASE: {told}"), format!("SEATWIRE_JWT_SECRET: {told}")]
        );
    }

    #[test]
    fn a_value_that_cannot_be_shown_is_not() {
        let told = faults(&[], &[("SEATWIRE_LISTEN", &"a".repeat(10_000))], "").join("\n");
        assert!(told.len() < 200, "{told}");
    }
}
