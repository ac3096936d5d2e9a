//! The site of this repository: every link of its documents leads somewhere, and the pages made
//! from them are complete and need nothing from other sites.

use std::collections::BTreeSet;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    let dead = site::dead_links(root()).unwrap();
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.md", "# One\n[gone](c.md) [b](b.md#two) [b](b.md#three) [here](#one) [here](#two)");
    write("b.md", "# Two\n![picture](gone.png)");
    let expected = [
        "a.md: `c.md`: there is no such file",
        "a.md: `b.md#three`: there is no such heading",
        "a.md: `#two`: there is no such heading",
        "b.md: `gone.png`: there is no such file",
    ];
    assert_eq!(site::dead_links(folder.path()).unwrap(), expected);
}

#[test]
fn what_the_documents_name_is_in_the_repository() {
    let missing = site::missing_names(root()).unwrap();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn a_file_and_a_name_that_are_gone_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("crates/rooms/src/hub.rs", "struct Hub; impl Hub { fn hold() {} fn hold_on() {} }");
    write(
        "a.md",
        "`rooms/src/hub.rs` `hub.rs` `rooms/src/` `Hub::hold` `10/min` `/seats` `rooms/src/ub.rs › test` \
         `ub.rs` `rooms/old` `Hub::on` `Room::hold`",
    );
    write("CHANGELOG.md", "`old.rs`");
    let expected = ["rooms/src/ub.rs › test", "ub.rs", "rooms/old", "Hub::on", "Room::hold"]
        .map(|name| format!("a.md: `{name}`: the repository has no such thing"));
    assert_eq!(site::missing_names(folder.path()).unwrap(), expected);
}

/// The values of attributes with this name, in all pages.
fn attributes(html: &str, name: &str) -> Vec<String> {
    let begin = format!(" {name}=\"");
    html.split(&begin)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_pages_need_nothing_but_each_other() {
    let files = site::build(root()).unwrap();
    let mut there: BTreeSet<String> = files.iter().map(|file| file.name.clone()).collect();
    assert_eq!(there.len(), files.len(), "two files of one name");
    let pages: Vec<(String, String)> = files
        .into_iter()
        .filter(|file| file.name.ends_with(".html"))
        .map(|file| (file.name, String::from_utf8(file.content).unwrap()))
        .collect();
    for (name, html) in &pages {
        for id in attributes(html, "id") {
            assert!(there.insert(format!("{name}#{id}")), "{name} has the anchor {id} twice");
        }
    }
    for (name, html) in &pages {
        for address in attributes(html, "src") {
            assert!(there.contains(&address), "{name} shows {address}");
        }
        for link in attributes(html, "href") {
            let whole = if link.starts_with('#') { format!("{name}{link}") } else { link };
            assert!(whole.contains("://") || there.contains(&whole), "{name} links to {whole}");
        }
        // The server's Content-Security-Policy forbids styles and scripts inside a page.
        assert!(!html.contains("<style") && !html.contains(" style=\""), "{name} has a style");
        assert!(!html.contains("<script>") && !html.contains(" onclick="), "{name} has a script");
    }
}
