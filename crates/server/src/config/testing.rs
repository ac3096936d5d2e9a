//! How the tests beside this file call [`parse`]: arguments, environment and files in, outcome out.
//!
//! Each run has a directory of its own and sees nothing of the test process's environment.

use std::ffi::OsString;
use std::fs;

use super::{Config, Fault, Outcome, parse};

/// Runs with `toml` as `seatwire.toml`, or without one when it is empty.
pub(super) fn check(args: &[&str], env: &[(&str, &str)], toml: &str) -> Outcome {
    match toml {
        "" => check_in(&[], args, env),
        toml => check_in(&[("seatwire.toml", toml.as_bytes())], args, env),
    }
}

/// Runs in a directory with these files.
pub(super) fn check_in(files: &[(&str, &[u8])], args: &[&str], env: &[(&str, &str)]) -> Outcome {
    let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    for (name, bytes) in files {
        fs::write(directory.path().join(name), bytes).unwrap_or_else(|error| panic!("{error}"));
    }
    let args = [&["seatwire"], args].concat().into_iter().map(OsString::from);
    let env = env.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    parse(args, env, directory.path())
}

/// The configuration of a start that must succeed.
#[track_caller]
pub(super) fn served(args: &[&str], env: &[(&str, &str)], toml: &str) -> Config {
    match check(args, env, toml) {
        Outcome::Serve(config) => *config,
        other => panic!("{other:?}"),
    }
}

/// The faults, line by line, of a start that must fail.
#[track_caller]
pub(super) fn faults(args: &[&str], env: &[(&str, &str)], toml: &str) -> Vec<String> {
    match check(args, env, toml) {
        Outcome::Faults(faults) => lines(&faults),
        other => panic!("{other:?}"),
    }
}

/// Faults as they would be printed.
pub(super) fn lines(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}
