//! One word for one thing: where viewers are served, a session is *recovered*, and no other word is
//! used (CONTRIBUTING.md, "Words").
//!
//! The test checks names only; words in comments, in answers to clients and in metrics are not
//! names.

use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// Below `crates`.
const WHERE: [&str; 4] = ["rooms", "socketio/src", "simulator/src", "server/src/gateway"];

/// Other words for recovery, as parts of names.
const OTHER_WORDS: [&str; 8] = [
    "restore",
    "restored",
    "restoring",
    "unrestorable",
    "returning",
    "returned",
    "admission",
    "come_back",
];

#[test]
fn sessions_are_recovered_by_no_other_name() {
    let mut found = Vec::new();
    let mut files = 0;
    for folder in WHERE {
        for file in
            files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(folder))
        {
            files += 1;
            let text =
                std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
            found.extend(
                others(&text).into_iter().map(|name| format!("{}: {name}", file.display())),
            );
        }
    }
    assert!(files > 100, "only {files} files were read");
    assert!(found.is_empty(), "call it recover: {found:#?}");
}

#[test]
fn another_word_is_found_in_every_spelling() {
    let check = |text: &str, wanted: &[&str]| assert_eq!(others(text), wanted, "{text}");
    check("fn restore_sessions() {}", &["restore_sessions"]);
    check("struct Unrestorable; enum A { HasComeBack }", &["Unrestorable", "HasComeBack"]);
    check("fn f() { g(returning) }", &["returning"]);
    check("/// Restored.\nfn recover() { say(\"restored\") }", &[]);
}

fn others(text: &str) -> Vec<String> {
    let mut names = Names(Vec::new());
    names.visit_file(&syn::parse_file(text).unwrap_or_else(|error| panic!("{error}: {text}")));
    names.0.retain(|name| {
        let name = format!("_{}_", snake(name));
        OTHER_WORDS.iter().any(|word| name.contains(&format!("_{word}_")))
    });
    names.0
}

struct Names(Vec<String>);

impl<'a> Visit<'a> for Names {
    fn visit_ident(&mut self, name: &'a syn::Ident) {
        self.0.push(name.to_string());
    }
}

/// `HasComeBack` as `has_come_back`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut files = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            if !path.ends_with("target") {
                files.extend(files_below(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
