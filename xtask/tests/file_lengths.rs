//! No file is longer than one sitting: sources have at most 400 lines, `ARCHITECTURE.md` 200
//! (CONTRIBUTING.md, "Rules of the house").
//!
//! What others made does not count: packages, and the stock client as npm builds it.

use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

const LINES_OF_A_SOURCE_MAX: usize = 400;
const LINES_OF_THE_ARCHITECTURE_MAX: usize = 200;

/// What a source ends with.
const SOURCES: [&str; 4] = ["rs", "js", "mjs", "py"];

/// Folders, from the root, of which no file was written here.
const MADE_BY_OTHERS: [&str; 2] = [".git", "clients/socket.io"];

#[test]
fn no_file_is_longer_than_it_may_be() {
    let mut counted = 0;
    let mut too_long = Vec::new();
    for file in files_below(Path::new(ROOT)) {
        let Some(max) = lines_max(&file) else { continue };
        counted += 1;
        let bytes = std::fs::read(&file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        too_long.extend(excess(&bytes, max).map(|lines| format!("{}: {lines}", file.display())));
    }
    assert!(counted > 1000, "only {counted} files were counted");
    assert!(too_long.is_empty(), "these have too many lines: {too_long:#?}");
}

#[test]
fn one_line_too_many_is_found() {
    for max in [LINES_OF_A_SOURCE_MAX, LINES_OF_THE_ARCHITECTURE_MAX] {
        assert_eq!(excess("line\n".repeat(max).as_bytes(), max), None);
        assert_eq!(excess("line\n".repeat(max + 1).as_bytes(), max), Some(max + 1));
    }
}

/// The number of lines if it is more than `max`.
fn excess(bytes: &[u8], max: usize) -> Option<usize> {
    let lines = bytes.iter().filter(|&&byte| byte == b'\n').count();
    (lines > max).then_some(lines)
}

fn lines_max(file: &Path) -> Option<usize> {
    if file.ends_with("ARCHITECTURE.md") {
        return Some(LINES_OF_THE_ARCHITECTURE_MAX);
    }
    let ending = file.extension()?.to_str()?;
    SOURCES.contains(&ending).then_some(LINES_OF_A_SOURCE_MAX)
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut files = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        // A link leads to something that is counted in its own place.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_folder {
            files.push(path);
        } else if !is_made_by_others(&path) {
            files.extend(files_below(&path));
        }
    }
    files
}

fn is_made_by_others(folder: &Path) -> bool {
    let from_root = folder.strip_prefix(ROOT).unwrap_or(folder);
    folder.ends_with("node_modules")
        || folder.ends_with("target")
        || MADE_BY_OTHERS.iter().any(|other| from_root == Path::new(other))
}
