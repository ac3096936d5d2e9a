//! The documents of the repository as a web site: Markdown in, plain HTML files out.
//!
//! It decides which pages there are and how they look. A page needs no script and no file of
//! another site, and its links work from any folder: the server shows the files under `/docs`,
//! `cargo xtask docs` writes them for any other web server. Runs while the server is built, and in
//! tests; the server itself knows only the files that come out of it.

mod anchor;
mod contents;
mod diagram;
mod error;
mod escape;
mod link;
mod links;
mod markdown;
mod named_files;
mod page;
mod repository;
mod site_file;
mod template;

use std::fs;
use std::path::{Path, PathBuf};

pub use error::SiteError;
pub use links::dead_links;
pub use named_files::missing_names;
pub use site_file::SiteFile;

use repository::read;
use template::{LIVE_SCRIPT, REFERENCE_SCRIPT};

/// Makes the site of the repository at `root`.
///
/// # Errors
/// A file that cannot be read, a diagram that cannot be drawn, a picture of an unknown kind.
pub fn build(root: &Path) -> Result<Vec<SiteFile>, SiteError> {
    let mut files = vec![
        text("docs.css", &sheet(root)?)?,
        text(REFERENCE_SCRIPT, &read(&root.join(THEME).join(REFERENCE_SCRIPT))?)?,
        text(LIVE_SCRIPT, &read(&root.join(THEME).join(LIVE_SCRIPT))?)?,
        text("favicon.svg", &read(&root.join("web/favicon.svg"))?)?,
    ];
    let mut beside: Vec<PathBuf> = Vec::new();
    for entry in contents::PAGES {
        let markdown = read(&root.join(entry.source))?;
        let page = page::Page::read(root, entry.source, &markdown)
            .map_err(|fault| SiteError::Page { source_file: entry.source.to_owned(), fault })?;
        beside.extend(page.files.iter().cloned());
        files.push(text(entry.name, &template::whole(entry, &page))?);
    }
    beside.sort();
    beside.dedup();
    for path in beside {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if files.iter().any(|file| file.name == name) {
            return Err(SiteError::Twice(name));
        }
        let content =
            fs::read(&path).map_err(|fault| SiteError::Read { path: path.clone(), fault })?;
        files.push(SiteFile { kind: kind(&name)?, name, content });
    }
    Ok(files)
}

/// The sources of the site, so that a build knows when to make it again.
pub fn sources(root: &Path) -> Vec<PathBuf> {
    let pages = contents::PAGES.iter().map(|entry| root.join(entry.source));
    pages
        .chain(["docs", "deploy", THEME, COLOURS, "web/favicon.svg"].map(|path| root.join(path)))
        .collect()
}

const THEME: &str = "crates/site/theme";
const COLOURS: &str = "web/style.css";
/// The comment that ends the colours and sizes in it.
const END_OF_COLOURS: &str = "/* The ground */";

/// The colours are the ones of the booking page, taken from its sheet.
fn sheet(root: &Path) -> Result<String, SiteError> {
    let style = read(&root.join(COLOURS))?;
    let colours = style.split(END_OF_COLOURS).next().unwrap_or_default();
    Ok(format!("{colours}{}", read(&root.join(THEME).join("docs.css"))?))
}

fn text(name: &str, content: &str) -> Result<SiteFile, SiteError> {
    Ok(SiteFile { kind: kind(name)?, name: name.to_owned(), content: content.as_bytes().to_vec() })
}

fn kind(name: &str) -> Result<&'static str, SiteError> {
    site_file::content_type(name).ok_or_else(|| SiteError::Kind(name.to_owned()))
}
