//! Files and Rust names that the documents mention in the text (`rooms/src/log.rs`, `Hub::hold`),
//! and which of them the repository does not have.
//!
//! A file may be named by the end of its path alone, as documents do where the folder is clear.
//! Words that are no file, such as `10/min` or `/health/live`, are recognised by their form: a name
//! that is not surely a file is not checked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pulldown_cmark::Event;

use crate::error::SiteError;
use crate::markdown::parser;
use crate::repository::{Found, everything, read};

/// The endings of all files of the repository that documents name.
const ENDINGS: [&str; 5] = [".rs", ".js", ".sql", ".yml", ".py"];

/// The changelog is about the past; the other documents are about the present.
const OF_THE_PAST: &str = "CHANGELOG.md";

/// Every file and every Rust name in a document of the repository that is not there, as a sentence.
///
/// # Errors
/// A file that cannot be read.
pub fn missing_names(root: &Path) -> Result<Vec<String>, SiteError> {
    let known = KnownNames::read(root)?;
    let mut missing = Vec::new();
    for page in known.paths.iter().filter(|path| path.ends_with(".md") && *path != OF_THE_PAST) {
        for event in parser(&read(&root.join(page))?) {
            let Event::Code(name) = event else { continue };
            if !known.has(&name) {
                missing.push(format!("{page}: `{name}`: the repository has no such thing"));
            }
        }
    }
    Ok(missing)
}

#[derive(Default)]
struct KnownNames {
    /// Files and folders, relative to the root.
    paths: BTreeSet<String>,
    /// Folders that a path may begin with: those of the root, and crates.
    beginnings: BTreeSet<String>,
    rust: BTreeMap<String, String>,
}

impl KnownNames {
    fn read(root: &Path) -> Result<Self, SiteError> {
        let mut known = Self::default();
        for Found { path, is_folder } in everything(root)? {
            let is_folder_of_root = is_folder && !path.contains('/');
            let krate = path.strip_prefix("crates/").filter(|rest| !rest.contains('/'));
            if let Some(name) = krate.or(is_folder_of_root.then_some(&path)) {
                known.beginnings.insert(name.to_owned());
            }
            if !is_folder && path.ends_with(".rs") {
                known.rust.insert(path.clone(), read(&root.join(&path))?);
            }
            known.paths.insert(path);
        }
        Ok(known)
    }

    /// True also for what is neither a file nor a Rust name.
    fn has(&self, name: &str) -> bool {
        // `file › test` names a test of the file.
        let name = name.split(" › ").next().unwrap_or(name);
        if let Some((owner, item)) = name.split_once("::") {
            return !is_word(owner) || !is_word(item) || self.declares(owner, item);
        }
        let path = name.trim_end_matches('/');
        let is_path =
            path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte));
        if !is_path || path.starts_with(['.', '/']) || !self.is_file_or_folder(path) {
            return true;
        }
        let end = format!("/{path}");
        self.paths.iter().any(|there| there == path || there.ends_with(&end))
    }

    fn is_file_or_folder(&self, path: &str) -> bool {
        ENDINGS.iter().any(|ending| path.ends_with(ending))
            || path.split_once('/').is_some_and(|(first, _)| self.beginnings.contains(first))
    }

    fn declares(&self, owner: &str, item: &str) -> bool {
        let declared = |words: &[&str], name: &str| {
            let text = |word: &&str| format!("{word} {name}");
            words.iter().map(text).any(|text| {
                self.rust.values().any(|file| {
                    file.match_indices(&text).any(|(at, _)| {
                        file[at + text.len()..]
                            .starts_with(|next: char| !next.is_alphanumeric() && next != '_')
                    })
                })
            })
        };
        declared(&["struct", "enum", "trait", "mod"], owner) && declared(&["fn", "const"], item)
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
