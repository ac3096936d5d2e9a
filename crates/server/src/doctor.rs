//! `seatwire doctor`: what an operator should change before it causes trouble.
//!
//! It checks everything that the settings name, beside a running server or without one, and changes
//! nothing. Exit code 0 if all is well, 1 if something should change; settings that cannot be read
//! at all never come here. A finding never repeats a secret.

mod administrator;
mod certificate;
mod clock;
mod database;
mod descriptors;
mod disk;
mod finding;
mod ports;
mod postgres;
mod redis;
mod settings;

use std::process::ExitCode;

use crate::config::{Config, DatabaseUrl, Fault};
use crate::terminal::{complain, say};
use finding::{Finding, Verdict};

/// Checks everything. `faults` are the faults of the settings that only keep a server from
/// starting.
pub(crate) fn run(config: &Config, faults: &[Fault], is_json: bool) -> ExitCode {
    let clock = clock::Look::begin();
    let (database, inspection) = match &config.database {
        DatabaseUrl::File(_) => database::look(config),
        DatabaseUrl::Server(address) => (postgres::look(address), None),
    };
    let is_running = inspection.as_ref().is_some_and(|inspection| inspection.is_in_use);
    let mut findings = settings::look(config, faults);
    findings.extend(database);
    findings.extend(redis::look(config));
    findings.extend(administrator::look(config));
    findings.extend(descriptors::look());
    // The disk of a database server cannot be seen from here.
    if let DatabaseUrl::File(_) = &config.database {
        findings.extend(disk::look(config, inspection.as_ref()));
    }
    findings.extend(certificate::look(config));
    findings.extend(ports::look(config, is_running));
    findings.extend(clock.end(inspection.as_ref()));
    let changes = findings.iter().filter(|finding| finding.verdict == Verdict::Change).count();
    if is_json {
        match serde_json::to_string_pretty(&findings) {
            Ok(text) => say(&format!("{text}\n")),
            Err(error) => complain(&[format!("cannot write the findings: {error}")]),
        }
    } else {
        findings.iter().for_each(|finding| say(&told(finding)));
        say(&match changes {
            0 => "Nothing needs to be changed.\n".to_owned(),
            1 => "One thing should be changed.\n".to_owned(),
            _ => format!("{changes} things should be changed.\n"),
        });
    }
    ExitCode::from(u8::from(changes > 0))
}

/// A few lines, the verdict first: what has to be done can be found at the margin.
fn told(finding: &Finding) -> String {
    let verdict = match finding.verdict {
        Verdict::Ok => "ok",
        Verdict::Note => "note",
        Verdict::Change => "CHANGE",
    };
    let mut text = format!("{verdict:<7} {:<12} {}\n", finding.topic, finding.what);
    for (label, line) in [("why", &finding.why), ("do", &finding.change)] {
        if let Some(line) = line {
            text.push_str(&format!("{:<20} {label}: {line}\n", ""));
        }
    }
    text
}
