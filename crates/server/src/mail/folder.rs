//! Letters as files, to try the server without a mail server.

use std::fs::{OpenOptions, rename};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use store::LetterId;

use super::letter::Letter;
use super::post::{NotSent, Post};

/// For the owner alone: a letter contains a secret.
const FILE_MODE: u32 = 0o600;

#[derive(Debug)]
pub(super) struct Folder(pub(super) PathBuf);

#[async_trait]
impl Post for Folder {
    async fn send(&self, id: LetterId, letter: &Letter) -> Result<(), NotSent> {
        let Letter { to, subject, body } = letter;
        let text = format!("To: {to}\nSubject: {subject}\n\n{body}");
        let folder = self.0.clone();
        let written = tokio::task::spawn_blocking(move || write(&folder, id, &text)).await;
        let written = written.unwrap_or_else(|error| Err(io::Error::other(error)));
        written.map_err(|error| NotSent::Later(format!("the folder of letters: {error}")))
    }
}

/// The file appears whole, or not at all, under its name.
fn write(folder: &Path, id: LetterId, text: &str) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!(".{}", id.0));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(FILE_MODE);
    options.open(&unfinished)?.write_all(text.as_bytes())?;
    rename(unfinished, folder.join(format!("{}.eml", id.0)))
}
