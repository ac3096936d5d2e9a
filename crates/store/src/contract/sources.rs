//! The SQL that stands in a driver's sources, whether it was run or not.

use std::path::Path;

/// The SQL texts of the sources, as far as they are written in one piece: a text that is put
/// together from a filter is known by its beginning.
pub fn written(folder: &Path, is_planned: fn(&str) -> bool) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(written(&path, is_planned));
        } else if path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("plans.rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
            let code = code.collect::<Vec<_>>().join("\n");
            texts.extend(
                code.split('"').skip(1).step_by(2).filter_map(text).filter(|text| is_planned(text)),
            );
        }
    }
    texts
}

fn text(literal: &str) -> Option<String> {
    let first = literal.split(['{', '}']).next().unwrap_or_default();
    // As the compiler reads it: after a backslash the next line goes on at its first letter.
    let mut lines = first.split("\\\n");
    let begin = lines.next().unwrap_or_default().to_owned();
    let joined = lines.fold(begin, |text, line| text + line.trim_start());
    let text = joined.split_whitespace().collect::<Vec<_>>().join(" ");
    (text.len() > "SELECT ".len()).then_some(text)
}
