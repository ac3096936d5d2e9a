//! `seatwire doctor`: what an operator should change, before it is felt.
//!
//! It looks at everything that the settings name, beside a running server or without one, and
//! changes nothing. Exit code 0 if all is well, 1 if something should change; settings that cannot
//! be read at all never come here. A finding never repeats a secret.

mod administrator;
mod certificate;
mod clock;
mod database;
mod descriptors;
mod disk;
mod ports;
mod postgres;
mod settings;

use std::process::ExitCode;

use serde::Serialize;

use crate::config::{Config, DatabaseUrl, Fault};
use crate::{complain, say};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Finding {
    topic: &'static str,
    verdict: Verdict,
    /// What was found.
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// What to do about it.
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    change: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    /// Worth knowing; nothing needs to be done.
    Note,
    Change,
}

impl Finding {
    fn ok(topic: &'static str, what: impl Into<String>) -> Self {
        Self { topic, verdict: Verdict::Ok, what: what.into(), why: None, change: None }
    }

    fn note(topic: &'static str, what: impl Into<String>, why: &str) -> Self {
        let why = Some(why.to_owned());
        Self { verdict: Verdict::Note, why, ..Self::ok(topic, what) }
    }

    fn change(
        topic: &'static str,
        what: impl Into<String>,
        why: &str,
        change: impl Into<String>,
    ) -> Self {
        let (why, change) = (Some(why.to_owned()), Some(change.into()));
        Self { verdict: Verdict::Change, why, change, ..Self::ok(topic, what) }
    }
}

/// Looks at everything. `faults` are those of the settings that only keep a server from starting.
pub(crate) fn run(config: &Config, faults: &[Fault], is_json: bool) -> ExitCode {
    let clock = clock::Look::begin();
    let (database, inspection) = match &config.database {
        DatabaseUrl::File(_) => database::look(config),
        DatabaseUrl::Server(address) => (postgres::look(address), None),
    };
    let is_running = inspection.as_ref().is_some_and(|inspection| inspection.is_in_use);
    let mut findings = settings::look(config, faults);
    findings.extend(database);
    findings.extend(administrator::look(config));
    findings.extend(descriptors::look());
    // What a database server has of its disk is not seen from here.
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

/// A few lines, the verdict first: whoever looks for what to do finds it at the margin.
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
