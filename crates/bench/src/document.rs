//! What `bench all` writes: the tables inside `docs/benchmarks.md`, the figures as JSON and the
//! plot beside it. The words around the tables are left as they are.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde_json::json;

use crate::figure::{self, Row};
use crate::{plot, promise};

const BEGIN: &str = "<!-- figures of `bench all`: begin -->\n";
const END: &str = "<!-- figures of `bench all`: end -->\n";

/// `notes`: lines about what could not be measured.
pub(crate) fn write(folder: &Path, rows: &[Row], notes: &[String]) -> anyhow::Result<()> {
    let page = folder.join("benchmarks.md");
    let text = std::fs::read_to_string(&page)
        .with_context(|| format!("cannot read {}", page.display()))?;
    let text = replaced(&text, &tables(rows, notes, true))
        .with_context(|| format!("{} has no place for figures", page.display()))?;
    std::fs::write(&page, text)?;
    std::fs::write(folder.join("benchmarks.svg"), plot::svg(rows)?)?;
    std::fs::write(folder.join("benchmarks.json"), json(rows)?)?;
    Ok(())
}

/// Everything as JSON.
pub(crate) fn json(rows: &[Row]) -> anyhow::Result<Vec<u8>> {
    let cores = crate::cores::count();
    let all = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "cores": cores,
        "promises": promise::check(rows),
        "rows": rows,
    });
    let mut text = serde_json::to_vec_pretty(&all)?;
    text.push(b'\n');
    Ok(text)
}

/// Everything as markdown. `is_judged`: whether the numbers are large enough for a judgement.
pub(crate) fn tables(rows: &[Row], notes: &[String], is_judged: bool) -> String {
    let mut text = String::new();
    let promises = if is_judged { promise::check(rows) } else { Vec::new() };
    if !promises.is_empty() {
        let _ = writeln!(text, "### What was to be reached\n\n{}", promise::table(&promises));
    }
    if let Some(ratios) = promise::ratios(rows) {
        let _ = writeln!(text, "### All servers, with Seatwire as 1\n\n{ratios}");
    }
    text.push_str(&figure::tables(rows));
    for note in notes {
        let _ = writeln!(text, "{note}\n");
    }
    text
}

fn replaced(page: &str, tables: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{tables}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, END, replaced};

    #[test]
    fn only_the_figures_are_replaced() {
        let page = format!("before\n{BEGIN}old\n{END}after\n");
        assert_eq!(
            replaced(&page, "new\n\n"),
            Some(format!("before\n{BEGIN}\nnew\n\n{END}after\n"))
        );
        assert_eq!(replaced("no place", "new"), None);
    }
}
