//! Statements name the columns that they read. While servers are replaced one after the other, the
//! tables have columns that those of the version before do not know: whoever reads all of them would
//! get what it did not ask for, or a statement that was prepared before and fails now.

use crate::sources;

/// The tables of which a statement reads all columns. What `unnest` or a statement in brackets gives
/// is no table: its columns stand beside it.
fn read_whole(code: &str) -> Vec<String> {
    let words: Vec<&str> = code.split_whitespace().collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let word = word.trim_matches(['"', ',', ')']);
        let is_all = word == "*" || word.ends_with(".*");
        let before = at.checked_sub(1).map(|before| words[before].to_ascii_lowercase());
        let before = before.unwrap_or_default();
        if !is_all || !(before.ends_with("select") || before.ends_with("returning")) {
            continue;
        }
        let is_from = words.get(at + 1).is_some_and(|next| next.eq_ignore_ascii_case("from"));
        let of = words.get(at + 2).copied().unwrap_or_default();
        let is_own = is_from && (of.starts_with("unnest(") || of.starts_with('('));
        if !is_own {
            found.push(format!("{before} {word} {of}"));
        }
    }
    found
}

#[test]
fn no_statement_reads_whatever_columns_there_are() {
    for (path, code) in sources::read() {
        if path.extension().is_some_and(|extension| extension == "rs") {
            assert_eq!(read_whole(&code), [""; 0], "{}", path.display());
        }
    }
}

#[test]
fn a_statement_that_does_is_seen() {
    for sql in [
        r#"one("select * from payments where id = $1")"#,
        "one(\"select * \\\n    from payments\")",
        r#"one("select p.* from payments p")"#,
        r#"one("select id from (select * from payments) p")"#,
        r#"execute("delete from holds returning *")"#,
    ] {
        assert_eq!(read_whole(&sources::code(sql)).len(), 1, "{sql}");
    }
    let inserted = "insert into a (b) select * from unnest($1::uuid[]) on conflict do nothing";
    let counted = "select count(*) from a; select b * c from a; select * from (select b from a) x";
    assert!(read_whole(inserted).is_empty() && read_whole(counted).is_empty());
}
