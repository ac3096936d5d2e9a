//! The database's files on the disk: readable by their owner alone, locked by one process, and
//! still in the place where they were opened.
//!
//! Invariant: as long as a [`DatabaseFile`] with the lock lives, no other process has one, by any
//! name of the database. This file must not know what is in the files.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::open_error::OpenError;

const OWNER_ONLY: u32 = 0o600;
const OWNER_ONLY_FOLDER: u32 = 0o700;

/// How often the name may be replaced between opening and locking; more is not by chance.
const ATTEMPTS_MAX: usize = 10;

#[derive(Debug)]
pub(crate) struct DatabaseFile {
    file: File,
    /// Without symbolic links: SQLite names its log by this path, and so do we.
    path: PathBuf,
    /// Each name that the next process will open, and the file that it must find there.
    expected: Vec<(PathBuf, FileId)>,
    is_locked: bool,
    /// Only where the lock cannot be on the database itself.
    _lock: Option<File>,
}

/// Whether a process has the database, by its lock. If the lock is free, this takes it for a
/// moment. Not to be called in a process that has it open: see `lock`.
pub(crate) fn is_in_use(path: &Path) -> io::Result<bool> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let (is_locked, _lock) = lock(&file, &path.canonicalize()?)?;
    Ok(!is_locked)
}

/// The identity of a file, under any name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileId {
    device: u64,
    inode: u64,
}

/// A name that is gone, or stands for another file.
#[derive(Debug, thiserror::Error)]
#[error("{} was removed, renamed or replaced", .0.display())]
pub(crate) struct Gone(PathBuf);

impl DatabaseFile {
    /// Opens the file for this process alone; makes it, and its folder, when they are not there.
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        let opened = Self::named(path)?;
        if opened.is_locked {
            return opened.with_one_name(path);
        }
        // Not closed: the store that has it may be in this process. See `lock`.
        std::mem::forget(opened);
        Err(OpenError::InUse { path: path.to_owned() })
    }

    /// The same also when another process has it: see [`DatabaseFile::is_locked`].
    pub(crate) fn open_beside(path: &Path) -> Result<Self, OpenError> {
        Self::named(path)?.with_one_name(path)
    }

    fn named(path: &Path) -> Result<Self, OpenError> {
        let cannot_write = |cause| OpenError::File { path: path.to_owned(), cause };
        make_folder(path)?;
        for _ in 0..ATTEMPTS_MAX {
            let opened = Self::attempt(path).map_err(cannot_write)?;
            // The lock is on a file. Between opening and locking, the name may have moved to
            // another file, and then nothing would keep another process from that one.
            if opened.check().is_ok() {
                return Ok(opened);
            }
        }
        Err(cannot_write(io::Error::other("it is replaced again and again")))
    }

    fn attempt(path: &Path) -> io::Result<Self> {
        let file = open_or_make(path)?;
        let real_path = path.canonicalize()?;
        let (is_locked, _lock) = lock(&file, &real_path)?;
        let id = FileId::of(&file.metadata()?);
        let mut expected = vec![(std::path::absolute(path)?, id), (real_path.clone(), id)];
        // They differ where there is a symbolic link, which may later lead elsewhere.
        expected.dedup();
        Ok(Self { file, path: real_path, expected, is_locked, _lock })
    }

    /// SQLite names the log after the name that it opens. Under another one it would not see what
    /// is in the log, and the next writer would destroy both.
    fn with_one_name(self, path: &Path) -> Result<Self, OpenError> {
        let path = path.to_owned();
        let metadata = match self.file.metadata() {
            Ok(metadata) => metadata,
            Err(cause) => return Err(OpenError::File { path, cause }),
        };
        if metadata.nlink() > 1 {
            return Err(OpenError::ManyNames { path });
        }
        if metadata.mode() & 0o077 != 0 {
            tracing::warn!(
                path = %path.display(),
                "other users of this machine may open the database; `chmod 600` keeps them out"
            );
        }
        Ok(self)
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.is_locked
    }

    /// The name under which SQLite must open it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// To be called when SQLite has made its log and its index of the log: from here on they must
    /// stay too. Without the log, the database lacks the last commits; without the index, a tool
    /// that opens the database beside us would not see that we write.
    pub(crate) fn note_log(&mut self) -> io::Result<()> {
        for suffix in ["-wal", "-shm"] {
            let mut path = self.path.clone().into_os_string();
            path.push(suffix);
            let path = PathBuf::from(path);
            let id = FileId::of(&path.metadata()?);
            self.expected.push((path, id));
        }
        Ok(())
    }

    /// Whether the next process will find what this one writes. It takes a few system calls: little
    /// compared with the sync of a commit.
    pub(crate) fn check(&self) -> Result<(), Gone> {
        for (path, id) in &self.expected {
            if path.metadata().map(|found| FileId::of(&found)).ok() != Some(*id) {
                return Err(Gone(path.clone()));
            }
        }
        Ok(())
    }
}

impl FileId {
    fn of(metadata: &std::fs::Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}

pub(crate) fn make_folder(path: &Path) -> Result<(), OpenError> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => private_folder(folder)
            .map_err(|cause| OpenError::Folder { path: folder.to_owned(), cause }),
        _ => Ok(()),
    }
}

/// Each folder that is missing is made for its owner alone. One that exists stays as it is.
fn private_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(outer) = folder.parent().filter(|outer| !outer.as_os_str().is_empty()) {
        private_folder(outer)?;
    }
    match DirBuilder::new().mode(OWNER_ONLY_FOLDER).create(folder) {
        // The umask may have taken away rights that the owner needs.
        Ok(()) => std::fs::set_permissions(folder, Permissions::from_mode(OWNER_ONLY_FOLDER)),
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// SQLite gives the log and its index the permissions of the database, with any umask.
fn open_or_make(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).mode(OWNER_ONLY).open(path)?;
    let metadata = file.metadata()?;
    // An empty file is no database yet: it was made just now, or prepared for us to fill.
    if metadata.len() == 0 && metadata.mode() & 0o777 != OWNER_ONLY {
        file.set_permissions(Permissions::from_mode(OWNER_ONLY))?;
    }
    Ok(file)
}

/// Whether the lock is ours, and what else has to stay open for it.
///
/// `flock` on the database itself. A lock on a file beside it would be a lock on a *name*: a
/// symbolic or a hard link, or deleting that file, would give a second process a lock of its own.
///
/// SQLite's own locks are of the other kind (`fcntl`), and Linux keeps the two apart on local file
/// systems. The `fcntl` locks have a trap: a process that closes *any* descriptor of a file loses
/// all of them. So this descriptor stays open until the last connection is closed.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn lock(file: &File, _: &Path) -> io::Result<(bool, Option<File>)> {
    use rustix::fs::{FlockOperation, flock};
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok((true, None)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok((false, None)),
        Err(error) => Err(error.into()),
    }
}

/// On other systems `flock` and `fcntl` locks may exclude each other, and SQLite could not open
/// what we have locked. There the lock is on a file beside the database, by its real path.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn lock(_: &File, real_path: &Path) -> io::Result<(bool, Option<File>)> {
    let mut path = real_path.as_os_str().to_owned();
    path.push(".lock");
    let beside = open_or_make(Path::new(&path))?;
    match beside.try_lock() {
        Ok(()) => Ok((true, Some(beside))),
        Err(std::fs::TryLockError::WouldBlock) => Ok((false, None)),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}
