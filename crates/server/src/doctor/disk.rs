//! Space for the database, its log, and a backup.

use std::path::Path;

use store_sqlite::Inspection;

use super::finding::Finding;
use crate::config::Config;

const TOPIC: &str = "disk";

/// Free bytes that even a small database needs: the log grows while a reader keeps it open for
/// long.
const FREE_BYTES_MIN: u64 = 1024 * 1024 * 1024;
const BYTES_PER_MIB: u64 = 1024 * 1024;

pub(super) fn look(config: &Config, inspection: Option<&Inspection>) -> Vec<Finding> {
    let folder = nearest_folder(config.database.path());
    let Ok(found) = rustix::fs::statvfs(folder) else { return Vec::new() };
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let held = inspection.map_or(0, |inspection| inspection.bytes + inspection.log_bytes);
    let wanted = FREE_BYTES_MIN.max(held.saturating_mul(2));
    let shown = |bytes: u64| format!("{} MiB", bytes / BYTES_PER_MIB);
    let what = format!("{} are free in {}", shown(free), folder.display());
    let mut findings = vec![if free >= wanted {
        Finding::ok(TOPIC, what)
    } else {
        Finding::change(
            TOPIC,
            what,
            "on a full disk nothing is sold (503) until there is space again; a backup takes as much \
             as the database",
            format!("free at least {}, or move the database to a larger disk", shown(wanted)),
        )
    }];
    // Some file systems have no fixed number of files and say 0.
    if found.f_files > 0 && found.f_favail == 0 {
        findings.push(Finding::change(
            TOPIC,
            format!("no more files can be made in {}", folder.display()),
            "the write-ahead log is a file",
            "delete files that are not needed there",
        ));
    }
    findings
}

/// Before the first start the folder is not there yet.
fn nearest_folder(path: &Path) -> &Path {
    let mut folder = path;
    while let Some(outer) = folder.parent() {
        if outer.as_os_str().is_empty() {
            return Path::new(".");
        }
        folder = outer;
        if folder.is_dir() {
            break;
        }
    }
    folder
}
