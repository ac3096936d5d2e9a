//! The links of the documents that lead nowhere.
//!
//! Links are checked in the Markdown itself, so they hold for readers of the repository and of the
//! site. Other sites are not asked: a test has no network.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::anchor::Anchors;
use crate::error::SiteError;
use crate::link::Target;
use crate::markdown::{parser, text_of};
use crate::repository::{everything, read};

/// Every link in every Markdown file of the repository that leads nowhere, as a sentence.
///
/// # Errors
/// A file that cannot be read.
pub fn dead_links(root: &Path) -> Result<Vec<String>, SiteError> {
    let mut documents = BTreeMap::new();
    for found in everything(root)?.into_iter().filter(|found| found.path.ends_with(".md")) {
        let document = Document::read(&read(&root.join(&found.path))?);
        documents.insert(PathBuf::from(found.path), document);
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
