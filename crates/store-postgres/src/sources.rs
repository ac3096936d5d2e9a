//! The text of this crate, for tests of what stands in it: without comments and tests, and with each
//! statement in one line.

use std::path::{Path, PathBuf};

/// Every file of the code and of the migrations, and what stands there.
pub(crate) fn read() -> Vec<(PathBuf, String)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    files(here.join("src"), &mut paths);
    files(here.join("migrations"), &mut paths);
    assert!(paths.len() > 50, "{paths:?}");
    let text = |path: &PathBuf| code(&std::fs::read_to_string(path).unwrap());
    paths.into_iter().map(|path| (path.clone(), text(&path))).collect()
}

/// What is left of a file.
pub(crate) fn code(source: &str) -> String {
    let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let code = code.split("#[test]").next().unwrap_or_default();
    let is_code = |line: &&str| {
        let line = line.trim_start();
        !line.starts_with("//") && !line.starts_with("--")
    };
    let code = code.lines().filter(is_code).collect::<Vec<_>>().join("\n");
    // A text goes on in the next line after a backslash.
    let joined = code.split("\\\n").map(str::trim_start);
    joined.collect::<Vec<_>>().concat()
}

fn files(folder: PathBuf, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(path, found) } else { found.push(path) }
    }
}
