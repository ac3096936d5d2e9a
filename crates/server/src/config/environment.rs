//! The variables `SEATWIRE_*`.
//!
//! Every variable with this prefix belongs to us: one that names no setting is a fault, so that a
//! misspelt limit or secret is always noticed. Other variables are ignored, except the standard
//! name of one setting ([`super::otlp`]).

use std::ffi::OsString;

use super::fault::{Fault, cut, nearest};
use super::given::{Given, Source};
use super::otlp::STANDARD_VARIABLE;
use super::settings::{Id, SETTINGS};

const PREFIX: &str = "SEATWIRE_";

/// Lays the environment over the values of the file.
pub(super) fn read(variables: impl Iterator<Item = (OsString, OsString)>, given: &mut Given) {
    let mut unknown = Vec::new();
    let (mut standard, mut is_ours_set) = (None, false);
    for (name, value) in variables {
        // A lossy name is only compared and shown; it never equals a setting's name.
        let name = name.to_string_lossy();
        if name == STANDARD_VARIABLE && !value.is_empty() {
            standard = Some(value);
            continue;
        }
        if !name.starts_with(PREFIX) {
            continue;
        }
        let Some(setting) = SETTINGS.iter().find(|setting| setting.env == name) else {
            unknown.push(name.into_owned());
            continue;
        };
        is_ours_set |= setting.id == Id::OtlpEndpoint;
        put(setting.id, value, Source::Environment, given);
    }
    // Variables come in any order: which of the two counts is known only after all were seen.
    if let Some(value) = standard.filter(|_| !is_ours_set) {
        put(Id::OtlpEndpoint, value, Source::Variable(STANDARD_VARIABLE), given);
    }
    // An environment has no order of its own, and two starts should report faults in the same
    // order.
    unknown.sort();
    given.faults.extend(unknown.iter().map(|name| fault_of_unknown(name)));
}

fn put(id: Id, value: OsString, source: Source, given: &mut Given) {
    match value.into_string() {
        Ok(text) => given.put(id, text, source),
        Err(_) => given.put_unreadable(id, source, "is not UTF-8"),
    }
}

fn fault_of_unknown(name: &str) -> Fault {
    let sentence = match nearest(name.strip_prefix(PREFIX).unwrap_or(name)) {
        Some(setting) => format!("is not a setting; did you mean `{}`?", setting.env),
        None => "is not a setting; `seatwire --help` lists them".to_owned(),
    };
    Fault::unknown(&cut(name), &sentence)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use super::super::testing::{faults, lines, served};
    use super::super::{Outcome, parse};

    #[test]
    fn only_our_prefix_is_ours() {
        let env = [("HOME", "/root"), ("seatwire_log", "x"), ("SEATWIRED", "y"), ("PORT", "1")];
        assert_eq!(served(&[], &env, "").listen.port, 3000);
    }

    #[test]
    fn an_unknown_variable_is_told_with_what_was_probably_meant() {
        let env = [("SEATWIRE_JWT_SECERT", "x"), ("SEATWIRE_BIN", "y"), ("SEATWIRE_", "z")];
        assert_eq!(
            faults(&[], &env, ""),
            [
                "SEATWIRE_: is not a setting; `seatwire --help` lists them",
                "SEATWIRE_BIN: is not a setting; `seatwire --help` lists them",
                "SEATWIRE_JWT_SECERT: is not a setting; did you mean `SEATWIRE_JWT_SECRET`?",
            ]
        );
    }

    #[test]
    fn bytes_that_are_not_text_are_a_fault() {
        let bytes = |prefix: &str| OsString::from_vec([prefix.as_bytes(), b"\xff"].concat());
        let env = [
            (OsString::from("SEATWIRE_JWT_SECRET"), bytes("hunter2")),
            (OsString::from("SEATWIRE_MODE"), OsString::from("production")),
            (OsString::from("SEATWIRE_ALLOW_MOCK_PAYMENTS"), OsString::from("true")),
            (bytes("SEATWIRE_LOG"), OsString::from("info")),
            (bytes("PATH"), bytes("/bin")),
        ];
        let outcome = parse(["seatwire".into()].into_iter(), env.into_iter(), "/nowhere".as_ref());
        let Outcome::Faults(faults) = outcome else { panic!("{outcome:?}") };
        assert_eq!(
            lines(&faults),
            [
                "SEATWIRE_JWT_SECRET: is not UTF-8",
                "SEATWIRE_LOG\u{fffd}: is not a setting; did you mean `SEATWIRE_LOG`?",
            ]
        );
    }
}
