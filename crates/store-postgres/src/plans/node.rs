//! A step of a plan, as `EXPLAIN (FORMAT JSON)` shows it.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Node {
    #[serde(rename = "Node Type")]
    kind: String,
    #[serde(rename = "Relation Name")]
    relation: Option<String>,
    #[serde(rename = "Index Name")]
    index: Option<String>,
    #[serde(rename = "Index Cond")]
    condition: Option<String>,
    #[serde(rename = "Plans", default)]
    below: Vec<Node>,
}

#[derive(Deserialize)]
struct Explained {
    #[serde(rename = "Plan")]
    plan: Node,
}

impl Node {
    pub(super) fn parse(json: &str) -> Self {
        let mut explained: Vec<Explained> = serde_json::from_str(json).unwrap();
        explained.pop().unwrap().plan
    }

    /// The tables that are read from end to end. An index may be scanned without a condition only
    /// as far as a `LIMIT` above it asks.
    pub(super) fn gone_through(&self) -> Vec<String> {
        let mut tables = Vec::new();
        self.find(false, &mut tables);
        tables
    }

    /// Whether it sorts more than a page shows: rows of a table without a limit below the sort.
    pub(super) fn sorts_for_a_page(&self) -> bool {
        let sorts = self.kind == "Limit" && self.below.iter().any(Self::sorts_unlimited_rows);
        sorts || self.below.iter().any(Self::sorts_for_a_page)
    }

    fn sorts_unlimited_rows(&self) -> bool {
        match self.kind.as_str() {
            "Limit" => false,
            "Sort" | "Incremental Sort" => self.below.iter().any(Self::reads_unlimited_rows),
            _ => self.below.iter().any(Self::sorts_unlimited_rows),
        }
    }

    fn reads_unlimited_rows(&self) -> bool {
        self.kind != "Limit"
            && (self.relation.is_some() || self.below.iter().any(Self::reads_unlimited_rows))
    }

    /// Which indexes it uses.
    pub(super) fn indexes(&self) -> BTreeSet<&str> {
        let below = self.below.iter().flat_map(Self::indexes);
        self.index.as_deref().into_iter().chain(below).collect()
    }

    fn find(&self, is_limited: bool, tables: &mut Vec<String>) {
        // Above a sort or a sum, a limit bounds nothing: all rows are read before.
        let is_limited = match self.kind.as_str() {
            "Limit" => true,
            "Sort" | "Aggregate" | "Group" | "Hash" | "Materialize" => false,
            _ => is_limited,
        };
        let is_whole = match self.kind.as_str() {
            "Seq Scan" => true,
            "Index Scan" | "Index Only Scan" => self.condition.is_none() && !is_limited,
            _ => false,
        };
        if is_whole {
            tables.extend(self.relation.clone());
        }
        for node in &self.below {
            node.find(is_limited, tables);
        }
    }

    fn write(&self, depth: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, relation, index, condition, below } = self;
        write!(f, "{:1$}{kind}", "", 4 + depth * 2)?;
        for part in [relation, index, condition].into_iter().flatten() {
            write!(f, " {part}")?;
        }
        writeln!(f)?;
        below.iter().try_for_each(|node| node.write(depth + 1, f))
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(0, f)
    }
}
