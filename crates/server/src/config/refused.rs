//! An argument that clap refuses: the message for the operator, and how the argument is taken out
//! so that the rest can be read.
//!
//! Only the name of a flag is ever repeated, never its value.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::admin::{self, ADMIN};
use super::commands::{CHECK_CONFIG, CONFIG_FLAG, SERVE};
use super::fault::{Fault, cut, nearest};
use super::settings::SETTINGS;
use super::upkeep::{BACKUP, COPY, DOCTOR, FROM, REKEY, RESTORE, TO};

/// What clap stopped at.
#[derive(Debug)]
pub(super) struct Refused {
    /// As it was typed, without its value; empty when clap names nothing.
    name: String,
    kind: ErrorKind,
    /// Whether it comes after `admin`.
    is_of_admin: bool,
}

impl Refused {
    pub(super) fn by(error: &clap::Error, args: &[OsString]) -> Self {
        let named = [ContextKind::InvalidArg, ContextKind::InvalidSubcommand]
            .into_iter()
            .find_map(|kind| match error.get(kind) {
                Some(ContextValue::String(text)) => Some(text.as_str()),
                Some(ContextValue::Strings(texts)) => texts.first().map(String::as_str),
                _ => None,
            })
            .unwrap_or_default();
        // clap shows a known flag with its value's name, `--listen <HOST:PORT>`.
        let name = match named.split_once([' ', '=']) {
            Some((flag, _)) if flag.starts_with('-') => flag,
            _ => named,
        };
        let is_of_admin = args.iter().any(|arg| arg == ADMIN);
        Self { name: name.to_owned(), kind: error.kind(), is_of_admin }
    }

    pub(super) fn fault(&self) -> Fault {
        let place = cut(&self.name);
        if self.is_of_admin
            && !self.name.starts_with('-')
            && let Some(sentence) = admin::told(self.kind)
        {
            // The argument is not repeated: it may be a password in the wrong place.
            return Fault::source(ADMIN, sentence);
        }
        if self.name.is_empty() {
            return Fault::source("command line", "cannot be read; `seatwire --help` shows how");
        }
        if self.kind == ErrorKind::TooManyValues {
            return Fault::unknown(&place, "takes no value");
        }
        let Some(flag) = self.name.strip_prefix("--") else {
            let sentence = if self.name.starts_with('-') {
                "is not a flag; `seatwire --help` lists them"
            } else {
                "is not a command; `seatwire --help` lists them"
            };
            return Fault::unknown(&place, sentence);
        };
        if let Some(setting) = SETTINGS.iter().find(|setting| setting.flag == flag) {
            return Fault::setting(setting.id, &place, "needs a value");
        }
        if [CONFIG_FLAG, TO, FROM].contains(&flag) {
            return Fault::source(&place, "needs a file");
        }
        match nearest(flag) {
            Some(meant) => {
                let sentence = format!("is not a flag; did you mean `--{}`?", meant.flag);
                Fault::unknown(&place, &sentence)
            }
            None => Fault::unknown(&place, "is not a flag; `seatwire --help` lists them"),
        }
    }

    /// Takes the argument out, and after an unknown flag the value that was meant for it. Returns
    /// whether anything was taken out.
    pub(super) fn take_out_of(&self, args: &mut Vec<OsString>) -> bool {
        if self.name.is_empty() {
            return false;
        }
        let whole = args.iter().position(|arg| arg.to_string_lossy() == self.name);
        let part = || args.iter().position(|arg| self.begins(&arg.to_string_lossy()));
        let Some(at) = whole.or_else(part) else { return false };
        args.remove(at);

        let is_value = |arg: &OsString| {
            ![SERVE, CHECK_CONFIG, ADMIN, BACKUP, RESTORE, DOCTOR, COPY, REKEY]
                .iter()
                .any(|name| arg == name)
                && !arg.to_string_lossy().starts_with('-')
        };
        let unknown_flag = self.kind == ErrorKind::UnknownArgument && self.name.starts_with('-');
        if unknown_flag && whole.is_some() && args.get(at).is_some_and(is_value) {
            args.remove(at);
        }
        true
    }

    /// Whether this argument is the refused flag with its value, or short flags in one word.
    fn begins(&self, arg: &str) -> bool {
        let short = self.name.starts_with('-') && !self.name.starts_with("--");
        arg.strip_prefix(&self.name).is_some_and(|rest| rest.starts_with('=') || short)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::faults;

    #[test]
    fn all_that_is_unknown_is_told_and_the_rest_is_still_read() {
        let unknown = "is not a flag; `seatwire --help` lists them";
        for (args, told) in [
            (&["--port", "80"] as &[&str], vec![format!("--port: {unknown}")]),
            (&["--port=80", "serve"], vec![format!("--port: {unknown}")]),
            (
                &["--mode=x", "-xyz", "--port", "--lissten", "a:1", "serve", "extra"],
                vec![
                    "--mode: \"x\" is neither `development` nor `production`".to_owned(),
                    format!("-x: {unknown}"),
                    format!("--port: {unknown}"),
                    "--lissten: is not a flag; did you mean `--listen`?".to_owned(),
                    "extra: is not a command; `seatwire --help` lists them".to_owned(),
                ],
            ),
            (
                &["chek-config", "--listen", "--config"],
                vec![
                    "--config: needs a file".to_owned(),
                    "--listen: needs a value".to_owned(),
                    "chek-config: is not a command; `seatwire --help` lists them".to_owned(),
                ],
            ),
            (&["--version=1"], vec!["--version: takes no value".to_owned()]),
            (&["--", "-"], vec![format!("-: {unknown}")]),
        ] {
            let mut found = faults(args, &[], "");
            let mut told = told;
            found.sort();
            told.sort();
            assert_eq!(found, told, "{args:?}");
        }
    }
}
