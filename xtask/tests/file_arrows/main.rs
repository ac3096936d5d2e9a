//! Inside a crate, arrows between files make no circle, and those of `rooms` go down its floors.
//!
//! An arrow is an import, a path, or a call of a method that another file adds to a type. A
//! re-exported name is followed to the file that defines it, and a mere `mod child;` is no arrow:
//! so a parent may declare its children and re-export their names, as long as no child names a
//! thing that the parent itself defines. Tests do not count: they may use everything.

mod arrows;
mod sources;

use std::collections::BTreeSet;

use arrows::{Arrows, circles};
use sources::Sources;

/// From the ground up: a file names only files on its own floor or below.
const FLOORS_OF_ROOMS: [&str; 6] = ["values", "log", "cursor", "engine", "subscribing", "recovery"];

#[test]
fn no_files_stand_in_a_circle() {
    let crates = Sources::crates();
    assert!(crates.len() > 10, "only {crates:?} were found");
    for name in crates {
        let found = circles(&Arrows::of(&Sources::of_crate(&name)));
        assert!(found.is_empty(), "`{name}` has circles of files: {found:#?}");
    }
}

#[test]
fn rooms_goes_down_its_floors() {
    let arrows = Arrows::of(&Sources::of_crate("rooms"));
    let wrong = climbs(&arrows);
    assert!(wrong.is_empty(), "these name a floor above their own: {wrong:#?}");
    let floors: BTreeSet<_> = arrows.files().filter_map(floor).collect();
    assert_eq!(floors.len(), FLOORS_OF_ROOMS.len(), "a floor is empty: the list is out of date");
}

fn climbs(arrows: &Arrows) -> Vec<String> {
    let climb = |(from, to): (&str, &str)| {
        let above = floor(to).unwrap_or(FLOORS_OF_ROOMS.len());
        let here = floor(from).unwrap_or(FLOORS_OF_ROOMS.len());
        (above > here).then(|| format!("{from} -> {to}"))
    };
    arrows.all().filter_map(climb).collect()
}

/// The floor of a file; `None` for the crate's root, which is above all floors.
fn floor(file: &str) -> Option<usize> {
    FLOORS_OF_ROOMS
        .iter()
        .position(|floor| file == format!("{floor}.rs") || file.starts_with(&format!("{floor}/")))
}

fn check(files: &[(&str, &str)], circle: &[&str]) {
    let found = circles(&Arrows::of(&Sources::made_up(files)));
    let found: Vec<_> = found.iter().flatten().map(String::as_str).collect();
    assert_eq!(found, circle, "{files:?}");
}

#[test]
fn two_files_that_import_each_other_are_found() {
    let lib = ("lib.rs", "mod a; mod b;");
    check(&[lib, ("a.rs", "use crate::b::B;"), ("b.rs", "pub struct B;")], &[]);
    check(
        &[lib, ("a.rs", "use crate::b::B;"), ("b.rs", "use super::a::{self, A};")],
        &["a.rs", "b.rs"],
    );
    check(
        &[lib, ("a.rs", "use crate::b::B;"), ("b.rs", "fn f() { crate::a::g() }")],
        &["a.rs", "b.rs"],
    );
}

#[test]
fn a_child_and_its_parent_make_a_circle_only_if_both_name_each_other() {
    let lib = ("lib.rs", "mod a;");
    check(&[lib, ("a.rs", "mod b; pub struct A;"), ("a/b.rs", "use super::A;")], &[]);
    check(
        &[lib, ("a.rs", "mod b; use b::B; pub struct A;"), ("a/b.rs", "use super::A;")],
        &["a.rs", "a/b.rs"],
    );
}

#[test]
fn a_name_that_is_handed_on_is_followed_to_its_home() {
    let lib = ("lib.rs", "mod a; mod b; mod c; pub use a::A;");
    check(
        &[lib, ("a.rs", "use crate::b;"), ("b.rs", "use crate::A;"), ("c.rs", "")],
        &["a.rs", "b.rs"],
    );
    check(&[lib, ("a.rs", ""), ("b.rs", "use crate::A;"), ("c.rs", "use crate::b;")], &[]);
}

#[test]
fn a_method_that_another_file_adds_is_an_arrow() {
    let lib = ("lib.rs", "mod a; mod b;");
    let a = ("a.rs", "pub struct A; fn f(a: &A) { a.climbs() }");
    check(
        &[lib, a, ("b.rs", "use crate::a::A; impl A { fn climbs(&self) {} }")],
        &["a.rs", "b.rs"],
    );
    check(&[lib, a, ("b.rs", "use crate::a::A; trait B { fn climbs(&self); }")], &[]);
    let other = ("a.rs", "pub struct A; fn f() { C::climbs() }");
    check(&[lib, other, ("b.rs", "use crate::a::A; impl A { fn climbs(&self) {} }")], &[]);
}

#[test]
fn tests_do_not_count() {
    let lib = ("lib.rs", "mod a; mod b;");
    let a = "#[cfg(test)] mod tests { use crate::b::B; }";
    check(&[lib, ("a.rs", a), ("b.rs", "use crate::a::A;")], &[]);
}

#[test]
fn a_line_for_tests_does_not_count() {
    let lib = ("lib.rs", "mod a; mod b;");
    let b = ("b.rs", "use crate::a::A;");
    for a in ["#[cfg(test)] fn f() { crate::b::g() }", "fn f() { #[cfg(test)] crate::b::g(); }"] {
        check(&[lib, ("a.rs", a), b], &[]);
    }
    check(&[lib, ("a.rs", "fn f() { crate::b::g(); }"), b], &["a.rs", "b.rs"]);
}

#[test]
fn where_something_may_be_seen_is_no_arrow() {
    let lib = ("lib.rs", "mod a;");
    let a = ("a.rs", "pub mod b; use b::B;");
    check(&[lib, a, ("a/b.rs", "pub(in crate::a) struct B;")], &[]);
}

#[test]
fn a_file_that_climbs_is_found() {
    let lib = ("lib.rs", "mod log; mod cursor;");
    let parents = [("log.rs", "mod a;"), ("cursor.rs", "mod b;")];
    let down =
        [lib, parents[0], parents[1], ("log/a.rs", ""), ("cursor/b.rs", "use crate::log::a::A;")];
    assert!(climbs(&Arrows::of(&Sources::made_up(&down))).is_empty());
    let up = [
        lib,
        parents[0],
        parents[1],
        ("log/a.rs", "use crate::cursor::b::B;"),
        ("cursor/b.rs", ""),
    ];
    assert_eq!(climbs(&Arrows::of(&Sources::made_up(&up))), ["log/a.rs -> cursor/b.rs"]);
}
