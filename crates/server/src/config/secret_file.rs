//! A key that is created once and then kept in a file of its own.
//!
//! All processes that start at the same time agree on one key: the file appears under its name
//! complete and on disk, or not at all, and never replaces another. Only its owner may read it. It
//! must not know what the key is for.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::Secret;

const KEY_BYTES: usize = 32;
const HEX_CHARS: usize = 2 * KEY_BYTES;
const OWNER_ONLY: u32 = 0o600;
const OWNER_ONLY_FOLDER: u32 = 0o700;

/// The key in this file; created, with the directory around it, when there is none yet.
///
/// # Errors
/// Whatever the file system says; `InvalidData` when the file holds anything but such a key.
pub(crate) fn load_or_create(path: &Path) -> io::Result<Secret> {
    match load(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            create(path)?;
            // Even a key that was just written is read back: another start may have been first.
            load(path)
        }
        result => result,
    }
}

fn load(path: &Path) -> io::Result<Secret> {
    let mut text = String::new();
    // One more than the key and its line break, so that a longer file is seen to be longer.
    File::open(path)?.take(HEX_CHARS as u64 + 2).read_to_string(&mut text)?;
    let key = text.strip_suffix('\n').unwrap_or(&text);
    if key.len() != HEX_CHARS || !key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let sentence = format!(
            "{} does not hold a key of {HEX_CHARS} hexadecimal digits; \
             restore it, or delete it to end all sessions and make a new one",
            path.display()
        );
        return Err(io::Error::new(ErrorKind::InvalidData, sentence));
    }
    Ok(Secret::new(key.to_owned()))
}

fn create(path: &Path) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    DirBuilder::new().recursive(true).mode(OWNER_ONLY_FOLDER).create(directory)?;

    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(format!(".{}.new", random_hex::<8>()?));
    let unfinished = Path::new(&unfinished);
    let written = write_new(unfinished, &random_hex::<KEY_BYTES>()?).and_then(|()| {
        // A link, because a rename would replace the key of a process that was faster.
        match fs::hard_link(unfinished, path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            result => result,
        }
    });
    // Also after a failure, or half-written keys would collect on a full disk.
    let removed = fs::remove_file(unfinished);
    written.and(removed)?;
    File::open(directory)?.sync_all()
}

fn write_new(path: &Path, key: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path)?;
    // The umask may have removed some of the permissions.
    file.set_permissions(Permissions::from_mode(OWNER_ONLY))?;
    file.write_all(format!("{key}\n").as_bytes())?;
    file.sync_all()
}

fn random_hex<const BYTES: usize>() -> io::Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::from)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::io::{self, ErrorKind};
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Barrier;
    use std::thread;

    use super::load_or_create;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() -> io::Result<()> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("data/seatwire.db.jwt-secret");
        let made = load_or_create(&path)?;
        assert_eq!(made.expose().len(), 64);
        assert_eq!(load_or_create(&path)?.expose(), made.expose());
        assert_eq!(fs::metadata(&path)?.permissions().mode() & 0o777, 0o600);
        assert_eq!(
            fs::read_dir(directory.path().join("data"))?.count(),
            1,
            "left something behind"
        );
        assert_ne!(load_or_create(&directory.path().join("other"))?.expose(), made.expose());
        Ok(())
    }

    #[test]
    fn all_who_start_at_once_agree() -> io::Result<()> {
        const STARTS: usize = 16;
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("key");
        let together = Barrier::new(STARTS);
        let start = || {
            together.wait();
            load_or_create(&path).map(|secret| secret.expose().to_owned())
        };
        let keys = thread::scope(|scope| {
            let starts: Vec<_> = (0..STARTS).map(|_| scope.spawn(start)).collect();
            starts
                .into_iter()
                .map(|start| start.join().unwrap_or_else(|_| Err(io::Error::other("panicked"))))
                .collect::<io::Result<BTreeSet<_>>>()
        })?;
        assert_eq!(keys.len(), 1);
        assert_eq!(fs::read_dir(directory.path())?.count(), 1, "left something behind");
        Ok(())
    }

    #[test]
    fn a_file_that_holds_something_else_is_neither_used_nor_replaced() -> io::Result<()> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("key");
        let key = "0123456789abcdef".repeat(4);
        for content in [
            "",
            "\n",
            "hunter2",
            &key[1..],
            &format!("{key}0"),
            &format!("{key}\n\n"),
            &"ş".repeat(32),
        ] {
            fs::write(&path, content)?;
            let Err(error) = load_or_create(&path) else { panic!("{content:?} was taken") };
            assert_eq!(error.kind(), ErrorKind::InvalidData);
            assert!(!error.to_string().contains("hunter2"));
            assert_eq!(fs::read_to_string(&path)?, content);
        }
        fs::write(&path, &key)?;
        assert_eq!(load_or_create(&path)?.expose(), key);
        Ok(())
    }
}
