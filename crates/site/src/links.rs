//! Where links lead: to another site, a place of the same page, or a file of the repository; and which of
//! them lead nowhere.
//!
//! Links are judged in the Markdown itself, so they hold for readers of the repository and of the site.
//! Other sites are not asked: a test has no network.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::anchor::Anchors;
use crate::page::{parser, text_of};
use crate::{SiteError, read};

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

/// Every link in every Markdown file of the repository that leads nowhere, as a sentence.
///
/// # Errors
/// A file that cannot be read.
pub fn dead_links(root: &Path) -> Result<Vec<String>, SiteError> {
    let mut files = Vec::new();
    collect(root, Path::new(""), &mut files)?;
    let mut documents = BTreeMap::new();
    for file in files {
        let document = Document::read(&read(&root.join(&file))?);
        documents.insert(file, document);
    }
    let mut dead = Vec::new();
    for (file, document) in &documents {
        for link in &document.links {
            if let Some(why) = why_dead(root, &documents, file, link) {
                dead.push(format!("{}: `{link}`: {why}", file.display()));
            }
        }
    }
    Ok(dead)
}

fn why_dead(
    root: &Path,
    documents: &BTreeMap<PathBuf, Document>,
    file: &Path,
    link: &str,
) -> Option<&'static str> {
    let (path, anchor) = match Target::of(&file.to_string_lossy(), link) {
        Target::Elsewhere => return None,
        Target::Here { anchor } => (file.to_path_buf(), Some(anchor)),
        Target::File { path, anchor } => (path, anchor),
    };
    if !root.join(&path).exists() {
        return Some("there is no such file");
    }
    let anchor = anchor?;
    let is_there = documents.get(&path).is_some_and(|document| document.anchors.contains(&anchor));
    (!is_there).then_some("there is no such heading")
}

#[derive(Debug, Default)]
struct Document {
    anchors: BTreeSet<String>,
    links: Vec<String>,
}

impl Document {
    fn read(markdown: &str) -> Self {
        let mut document = Self::default();
        let mut anchors = Anchors::default();
        let mut heading: Option<Vec<Event<'_>>> = None;
        for event in parser(markdown) {
            match &event {
                Event::Start(Tag::Heading { .. }) => heading = Some(Vec::new()),
                Event::End(TagEnd::Heading(_)) => {
                    if let Some(inner) = heading.take() {
                        document.anchors.insert(anchors.of(&text_of(&inner)));
                    }
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    document.links.push(dest_url.to_string());
                }
                _ => {}
            }
            if let Some(inner) = &mut heading {
                inner.push(event);
            }
        }
        document
    }
}

/// What is made by tools or fetched by them: its links and names are its own.
pub(crate) const NOT_OURS: [&str; 3] = ["target", "node_modules", "data"];

fn collect(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), SiteError> {
    let path = root.join(folder);
    let failed = |fault| SiteError::Read { path: path.clone(), fault };
    for entry in fs::read_dir(&path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().map_err(failed)?;
        let inner = folder.join(&name);
        if kind.is_dir() && !name.starts_with('.') && !NOT_OURS.contains(&name.as_str()) {
            collect(root, &inner, found)?;
        } else if kind.is_file() && name.ends_with(".md") {
            found.push(inner);
        }
    }
    found.sort();
    Ok(())
}
