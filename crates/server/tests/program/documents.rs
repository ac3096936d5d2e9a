//! The documents under `/docs`: served without any further file, under the pages' own policy,
//! compressed for clients that accept it, and reached by the links to them.

use crate::support::world::World;

#[test]
fn every_page_is_there_and_needs_nothing_from_elsewhere() {
    let world = World::new();
    let first = world.nobody.send("GET", "/docs/", &[], None);
    assert_eq!(first.header("content-type"), Some("text/html; charset=utf-8"));
    let mut names: Vec<String> = attributes(first.text(), "href");
    names.extend(attributes(first.text(), "src"));
    names.retain(|name| !name.starts_with('#') && !name.contains("://"));
    assert!(names.len() > 15, "the navigation is on every page: {names:?}");
    for name in names {
        let path = format!("/docs/{}", name.split('#').next().unwrap_or_default());
        let file = world.nobody.send("GET", &path, &[], None);
        assert_eq!(file.status, 200, "{path}");
        let policy = file.header("content-security-policy").unwrap();
        assert!(policy.contains("script-src 'self'; "), "{path}: {policy}");
    }
}

#[test]
fn a_page_is_sent_compressed_and_only_once() {
    let world = World::new();
    let path = "/docs/guide.html";
    let plain = world.nobody.send("GET", path, &[], None);
    let packed = world.nobody.send("GET", path, &[("accept-encoding", "gzip")], None);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_ne!(packed.header("etag"), plain.header("etag"));
    let tag = plain.header("etag").unwrap();
    assert_eq!(world.nobody.send("GET", path, &[("if-none-match", tag)], None).status, 304);
}

#[test]
fn the_folder_has_its_slash_and_nothing_else_is_in_it() {
    let world = World::new();
    // The address without the slash redirects to the one with it, or no relative link of the page
    // would work.
    let first = world.nobody.send("GET", "/docs/", &[], None);
    assert_eq!(world.nobody.send("GET", "/docs", &[], None).text(), first.text());
    for path in ["/docs/gone.html", "/docs/../Cargo.toml", "/docs/%2e%2e/Cargo.toml"] {
        assert_eq!(world.nobody.send("GET", path, &[], None).status, 404, "{path}");
    }
}

fn attributes(html: &str, name: &str) -> Vec<String> {
    let begin = format!(" {name}=\"");
    let values = html.split(&begin).skip(1);
    values.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}
