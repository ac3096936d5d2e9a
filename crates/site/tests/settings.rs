//! The settings that the documents name are the program's, and the page for operators names all of
//! them.
//!
//! The program is read as text: this crate knows nothing of it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

const TABLE: &str = "crates/server/src/config/settings.rs";
const PAGE: &str = "docs/operations.md";
/// Rows of the table from here on are refused when they are set.
const NOT_SUPPORTED: &str = "row(LATER,";

const PREFIX: &str = "SEATWIRE_";
/// Settings read by tests, not by the program.
const OF_TESTS: &str = "SEATWIRE_TEST_";

fn text(path: impl AsRef<Path>) -> io::Result<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path))
}

/// Every name of a setting in a text. `SEATWIRE_LIMIT_…` stands for several, and does not count.
fn names(text: &str) -> BTreeSet<&str> {
    let name = |(at, _): (usize, &str)| {
        let rest = &text[at..];
        let end = rest.find(|next: char| !next.is_ascii_uppercase() && next != '_');
        &rest[..end.unwrap_or(rest.len())]
    };
    text.match_indices(PREFIX).map(name).filter(|name| !name.ends_with('_')).collect()
}

#[test]
fn every_setting_in_the_documents_is_one() {
    let table = text(TABLE).unwrap();
    let known = names(&table);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let pages = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = pages.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    for page in pages.chain(["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(Into::into)) {
        let text = text(&page).unwrap();
        let unknown: Vec<_> = names(&text)
            .into_iter()
            .filter(|name| !known.contains(name) && !name.starts_with(OF_TESTS))
            .collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", page.display());
    }
}

#[test]
fn the_page_for_operators_names_every_setting() {
    let (table, page) = (text(TABLE).unwrap(), text(PAGE).unwrap());
    let (supported, _) = table.split_once(NOT_SUPPORTED).unwrap_or((&table, ""));
    let named = names(&page);
    // Where several are in one cell, those after the first are named by their end: `_PAY`.
    let is_named = |name: &str| {
        named.contains(name)
            || name.match_indices('_').any(|(at, _)| page.contains(&format!("`{}`", &name[at..])))
    };
    let missing: Vec<_> = names(supported).into_iter().filter(|name| !is_named(name)).collect();
    assert!(missing.is_empty(), "{PAGE} says nothing of {missing:?}");
}
