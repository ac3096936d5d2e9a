//! One page: its Markdown read, its links turned to the site's, its diagrams drawn.
//!
//! It does not know what surrounds a page (`template`), nor whether a link leads anywhere
//! (`links`).

use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Tag, TagEnd, html};

use crate::anchor::Anchors;
use crate::contents::page_of;
use crate::diagram::{self, DiagramError};
use crate::link::Target;
use crate::markdown::{parser, text_of};
use crate::site_file::content_type;

#[derive(Debug, thiserror::Error)]
pub enum PageError {
    #[error("the diagram in line {line}: {fault}")]
    Diagram { line: usize, fault: DiagramError },
    #[error("it does not begin with a heading")]
    NoTitle,
}

#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) title: String,
    pub(crate) body: String,
    /// The headings of the second level, with their anchors.
    pub(crate) sections: Vec<(String, String)>,
    /// Files shown with it, as in the repository: pictures, and files to download.
    pub(crate) files: Vec<PathBuf>,
}

impl Page {
    /// # Errors
    /// A diagram that cannot be drawn; a page without a heading.
    pub(crate) fn read(root: &Path, source: &str, markdown: &str) -> Result<Self, PageError> {
        let mut page = Self {
            title: String::new(),
            body: String::new(),
            sections: Vec::new(),
            files: Vec::new(),
        };
        let mut events = Vec::new();
        let mut anchors = Anchors::default();
        let mut waiting = parser(markdown).into_offset_iter();
        // Whether the link that is open leads out of the site; there are no links in links.
        let mut is_left_out = false;
        while let Some((event, range)) = waiting.next() {
            match event {
                Event::Start(Tag::Heading { level, .. }) => {
                    let mut inner = Vec::new();
                    for (event, _) in waiting.by_ref() {
                        if matches!(event, Event::End(TagEnd::Heading(_))) {
                            break;
                        }
                        inner.push(event);
                    }
                    let words = text_of(&inner);
                    let anchor = anchors.of(&words);
                    if page.title.is_empty() {
                        page.title.clone_from(&words);
                    }
                    if level as usize == 2 {
                        page.sections.push((words, anchor.clone()));
                    }
                    events.push(raw(format!("<{level} id=\"{anchor}\"><a href=\"#{anchor}\">")));
                    // A heading is a link to itself; one inside it would end that.
                    events.extend(inner.into_iter().filter(|event| !is_link(event)));
                    events.push(raw(format!("</a></{level}>\n")));
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info)))
                    if &*info == "mermaid" =>
                {
                    let mut text = String::new();
                    for (event, _) in waiting.by_ref() {
                        match event {
                            Event::Text(piece) => text.push_str(&piece),
                            _ => break,
                        }
                    }
                    let drawn = diagram::draw(&text).map_err(|fault| {
                        let line = markdown[..range.start].lines().count() + 1;
                        PageError::Diagram { line, fault }
                    })?;
                    events.push(raw(drawn));
                }
                Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                    if let Target::File { path, .. } = Target::of(source, &dest_url)
                        && is_for_operators(&path)
                    {
                        page.files.push(root.join(path));
                    }
                    match turned(source, &dest_url) {
                        Some(dest_url) => events.push(Event::Start(Tag::Link {
                            link_type,
                            dest_url: dest_url.into(),
                            title,
                            id,
                        })),
                        None => is_left_out = true,
                    }
                }
                Event::End(TagEnd::Link) if is_left_out => is_left_out = false,
                Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                    let mut dest_url = dest_url;
                    if let Target::File { path, .. } = Target::of(source, &dest_url) {
                        dest_url = name_of(&path).into();
                        page.files.push(root.join(path));
                    }
                    events.push(Event::Start(Tag::Image { link_type, dest_url, title, id }));
                }
                Event::Start(Tag::Table(columns)) => {
                    events.push(raw("<div class=\"table\" tabindex=\"0\">".to_owned()));
                    events.push(Event::Start(Tag::Table(columns)));
                }
                Event::End(TagEnd::Table) => {
                    events.push(Event::End(TagEnd::Table));
                    events.push(raw("</div>\n".to_owned()));
                }
                // Remarks for editors of the source.
                Event::Html(text) if text.trim_start().starts_with("<!--") => {}
                other => events.push(other),
            }
        }
        if page.title.is_empty() {
            return Err(PageError::NoTitle);
        }
        html::push_html(&mut page.body, events.into_iter());
        Ok(page)
    }
}

fn raw(html: String) -> Event<'static> {
    Event::Html(CowStr::from(html))
}

fn is_link(event: &Event<'_>) -> bool {
    matches!(event, Event::Start(Tag::Link { .. }) | Event::End(TagEnd::Link))
}

/// Files that an operator needs who has the program but no checkout. A link to a folder offers no
/// file.
fn is_for_operators(path: &Path) -> bool {
    path.starts_with("deploy")
        && path.file_name().is_some_and(|name| content_type(&name.to_string_lossy()).is_some())
}

/// A link as it is on the site; `None` for one to a file that is not on it.
fn turned(source: &str, link: &str) -> Option<String> {
    match Target::of(source, link) {
        Target::Elsewhere => Some(link.to_owned()),
        Target::Here { anchor } => Some(format!("#{anchor}")),
        Target::File { path, .. } if is_for_operators(&path) => Some(name_of(&path)),
        Target::File { path, anchor } => {
            let page = page_of(&path.to_string_lossy())?;
            Some(match anchor {
                Some(anchor) => format!("{}#{anchor}", page.name),
                None => page.name.to_owned(),
            })
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(markdown: &str) -> String {
        Page::read(Path::new("/nowhere"), "docs/guide.md", markdown).unwrap().body
    }

    #[test]
    fn a_link_to_a_page_leads_to_it_and_one_to_another_file_is_its_name() {
        let html = body("# A\n[b](testing.md#errors) [c](../crates/rooms/src/log.rs) [d](#a)");
        assert!(
            html.contains("<a href=\"testing.html#errors\">b</a> c <a href=\"#a\">d</a>"),
            "{html}"
        );
    }

    #[test]
    fn a_file_for_operators_comes_with_the_page_that_names_it() {
        let markdown = "# A\n[rules](../deploy/prometheus/alerts.yml) [all](../deploy)";
        let page = Page::read(Path::new("/nowhere"), "docs/guide.md", markdown).unwrap();
        assert!(page.body.contains("<a href=\"alerts.yml\">rules</a> all"), "{}", page.body);
        assert_eq!(page.files, [Path::new("/nowhere/deploy/prometheus/alerts.yml")]);
    }

    #[test]
    fn a_heading_has_the_anchor_that_its_words_make() {
        let html = body("# A\n## What is `since`?");
        assert!(html.contains("<h2 id=\"what-is-since\"><a href=\"#what-is-since\">"), "{html}");
    }

    #[test]
    fn a_diagram_that_cannot_be_read_names_its_line() {
        let page = "# A\n\n```mermaid\nsequenceDiagram\n  nonsense\n```\n";
        let fault = Page::read(Path::new("/nowhere"), "docs/guide.md", page).unwrap_err();
        assert!(fault.to_string().contains("line 3"), "{fault}");
    }
}
