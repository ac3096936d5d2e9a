//! The database: sound, of this version, accessible to its owner alone, under one name.

use store_sqlite::{Depth, Inspection, LOG_PAGES, inspect};

use super::finding::Finding;
use crate::config::Config;

const TOPIC: &str = "database";

/// From this size on, a reader must have kept the log open for long.
const LOG_BYTES_LONG: u64 = 16 * 4_096 * LOG_PAGES as u64;
const BYTES_PER_MIB: u64 = 1024 * 1024;

/// The findings, and the inspection that they come from.
pub(super) fn look(config: &Config) -> (Vec<Finding>, Option<Inspection>) {
    let path = config.database.path();
    let shown = path.display();
    if !path.exists() {
        let what = format!("there is none at {shown}");
        return (vec![Finding::note(TOPIC, what, "the first start of the server makes it")], None);
    }
    let inspection = match inspect(path, Depth::Quick) {
        Ok(inspection) => inspection,
        Err(error) => {
            let change =
                "see who owns the file and the folder; if it is damaged, `seatwire restore`";
            let why = "a server could not use it either";
            return (vec![Finding::change(TOPIC, error.to_string(), why, change)], None);
        }
    };
    let mut findings = vec![of_version(&inspection)];
    if !inspection.damage.is_empty() {
        findings.push(Finding::change(
            TOPIC,
            format!("{shown} is damaged: {}", inspection.damage.join("; ")),
            "what is sold on it may be lost or sold twice",
            "stop the server, keep the files, and `seatwire restore` the newest backup; look for a \
             failing disk",
        ));
    }
    for (file, mode) in &inspection.modes {
        if mode & 0o077 != 0 {
            findings.push(Finding::change(
                TOPIC,
                format!("{} can be opened by other users (mode {mode:o})", file.display()),
                "it holds names, phones and identity numbers, or what tokens are signed with",
                format!("chmod 600 {}", file.display()),
            ));
        }
    }
    if inspection.names > 1 {
        findings.push(Finding::change(
            TOPIC,
            format!("{shown} has {} names (hard links)", inspection.names),
            "the write-ahead log goes by one name only; a start by another would destroy both",
            "remove the other names",
        ));
    }
    if inspection.log_bytes >= LOG_BYTES_LONG {
        findings.push(Finding::change(
            TOPIC,
            format!("its write-ahead log has {} MiB", inspection.log_bytes / BYTES_PER_MIB),
            "a program reads in it for long and keeps it from beginning anew",
            "end what reads (a tool that is left open, a backup that hangs)",
        ));
    }
    (findings, Some(inspection))
}

fn of_version(inspection: &Inspection) -> Finding {
    let Inspection { version, newest_version, bytes, log_bytes, is_in_use, .. } = inspection;
    let used = if *is_in_use { "a server has it" } else { "no server has it" };
    let sizes =
        format!("{} MiB and {} MiB of log", bytes / BYTES_PER_MIB, log_bytes / BYTES_PER_MIB);
    match version {
        None => Finding::note(TOPIC, "it has no tables yet", "the first start makes them"),
        Some(version) if version > newest_version => Finding::change(
            TOPIC,
            format!("its tables have version {version}, this program knows {newest_version}"),
            "migrations go forward only: this program does not know what is in it",
            "run the newer program, or restore a backup from before it",
        ),
        Some(version) if version < newest_version => Finding::note(
            TOPIC,
            format!("its tables have version {version}; {used}; {sizes}"),
            "the next start brings it up to date, and there is no way back: take a backup first",
        ),
        Some(version) => Finding::ok(TOPIC, format!("version {version}, sound; {used}; {sizes}")),
    }
}
