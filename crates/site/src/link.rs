//! Where a link leads: to another site, a place of the same page, or a file of the repository.

use std::path::{Component, Path, PathBuf};

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Elsewhere,
    Here {
        anchor: String,
    },
    /// Relative to the root of the repository.
    File {
        path: PathBuf,
        anchor: Option<String>,
    },
}

impl Target {
    /// Where a link of this source leads.
    pub(crate) fn of(source: &str, link: &str) -> Self {
        if link.contains("://") || link.starts_with("mailto:") {
            return Self::Elsewhere;
        }
        if let Some(anchor) = link.strip_prefix('#') {
            return Self::Here { anchor: anchor.to_owned() };
        }
        let (path, anchor) = match link.split_once('#') {
            Some((path, anchor)) => (path, Some(anchor.to_owned())),
            None => (link, None),
        };
        let mut whole = Path::new(source).parent().unwrap_or(Path::new("")).to_path_buf();
        for part in Path::new(path).components() {
            match part {
                Component::ParentDir => drop(whole.pop()),
                Component::CurDir => {}
                other => whole.push(other),
            }
        }
        Self::File { path: whole, anchor }
    }
}
