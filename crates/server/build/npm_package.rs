//! Packs the JavaScript client as `npm pack` does, so that a project can install it from a running
//! server.
//!
//! Decides what is in the package: what `files` of its `package.json` names, and what npm always
//! adds. Needs no Node.js: the type declarations are in the repository. A test compares the result
//! with npm's own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tar::{Builder, EntryType, Header};

/// Files, and folders without folders in them.
pub(crate) const CONTENTS: [&str; 5] = ["LICENSE", "README.md", "package.json", "src", "types"];

/// 1985-10-26 08:15 UTC, the time that npm gives every file: the same sources make the same bytes.
const MODIFIED_SECONDS: u64 = 499_162_500;
const MODE: u32 = 0o644;

/// The archive, not yet compressed.
pub(crate) fn archive(client: &Path) -> io::Result<Vec<u8>> {
    let mut names: Vec<PathBuf> = Vec::new();
    for name in CONTENTS {
        let path = client.join(name);
        if path.is_file() {
            names.push(name.into());
            continue;
        }
        for entry in fs::read_dir(path)? {
            names.push(Path::new(name).join(entry?.file_name()));
        }
    }
    // A folder is read in no fixed order.
    names.sort();
    let mut archive = Builder::new(Vec::new());
    for name in names {
        let content = fs::read(client.join(&name))?;
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(MODE);
        header.set_mtime(MODIFIED_SECONDS);
        header.set_size(content.len() as u64);
        archive.append_data(&mut header, Path::new("package").join(name), content.as_slice())?;
    }
    archive.into_inner()
}
