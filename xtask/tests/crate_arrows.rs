//! The crates' arrows point inward, and no crate reaches past a boundary.
//!
//! Two rules, checked on the output of `cargo metadata`: a crate of ours names only the crates
//! listed for it, and never has, not even through another crate, a library that it must not know.
//! Development dependencies are free: a test may stand on both sides of a boundary.

#![expect(clippy::expect_used, reason = "a test that cannot go on says so by panicking")]

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A crate of ours, the crates of ours that it may name, the libraries that it must not know.
struct Room {
    name: &'static str,
    may_name: &'static [&'static str],
    never_knows: &'static [&'static str],
}

const DRIVERS: [&str; 5] = ["rusqlite", "tokio-postgres", "postgres", "redis", "deadpool-postgres"];

const HOUSE: [Room; 10] = [
    Room {
        name: "domain",
        may_name: &[],
        never_knows: &[
            "tokio",
            "rusqlite",
            "tokio-postgres",
            "redis",
            "axum",
            "hyper",
            "serde_json",
            "getrandom",
        ],
    },
    Room {
        name: "store",
        may_name: &["domain"],
        never_knows: &["rusqlite", "tokio-postgres", "redis", "axum", "hyper"],
    },
    Room {
        name: "store-sqlite",
        may_name: &["domain", "store"],
        never_knows: &["axum", "hyper", "tokio-postgres", "redis"],
    },
    Room {
        name: "store-postgres",
        may_name: &["domain", "store"],
        never_knows: &["axum", "hyper", "rusqlite", "redis"],
    },
    Room {
        name: "fanout-redis",
        may_name: &["domain", "store"],
        never_knows: &["axum", "hyper", "rusqlite", "tokio-postgres"],
    },
    Room {
        name: "booking",
        may_name: &["domain", "store"],
        never_knows: &["axum", "rusqlite", "tokio-postgres", "redis"],
    },
    Room {
        name: "rooms",
        may_name: &[],
        never_knows: &["axum", "hyper", "rusqlite", "tokio-postgres", "redis"],
    },
    Room {
        name: "socketio",
        may_name: &["rooms"],
        never_knows: &["rusqlite", "tokio-postgres", "redis"],
    },
    Room {
        name: "server",
        may_name: &[
            "booking",
            "domain",
            "fanout-redis",
            "rooms",
            "site",
            "socketio",
            "store",
            "store-postgres",
            "store-sqlite",
        ],
        never_knows: &[],
    },
    // Only builds name it.
    Room { name: "site", may_name: &[], never_knows: &["tokio", "axum", "hyper"] },
];

/// Not part of the program: they may name any crate, and no crate may name them.
const OUTBUILDINGS: [&str; 6] =
    ["bench", "history-checker", "simulator", "throwaway-postgres", "throwaway-redis", "xtask"];

/// Our crates that hold a driver: only `server` may name them.
const DRIVER_CRATES: [&str; 3] = ["fanout-redis", "store-sqlite", "store-postgres"];

/// The dependencies outside tests: for every crate of the workspace the crates that it names itself
/// and, for each library that it reaches, one way there.
#[derive(Default)]
struct Graph {
    names: BTreeMap<String, BTreeSet<String>>,
    reaches: BTreeMap<String, BTreeMap<String, String>>,
}

impl Graph {
    fn of(metadata: &Metadata) -> Self {
        let name_of: BTreeMap<&PackageId, &str> =
            metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
        let resolve = metadata.resolve.as_ref().expect("cargo metadata resolves the dependencies");
        let edges: BTreeMap<&PackageId, Vec<&PackageId>> = resolve
            .nodes
            .iter()
            .map(|node| {
                // A crate does not know its build dependencies (a code generator) when it runs.
                let at_run_time = node.deps.iter().filter(|dep| {
                    dep.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
                });
                (&node.id, at_run_time.map(|dep| &dep.pkg).collect())
            })
            .collect();

        let mut graph = Self::default();
        for package in metadata.workspace_packages() {
            // From the manifest, so that an optional dependency counts too.
            let named = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind != DependencyKind::Development)
                .map(|dependency| dependency.name.clone());
            graph.names.insert(package.name.to_string(), named.collect());
            graph
                .reaches
                .insert(package.name.to_string(), ways_from(&package.id, &edges, &name_of));
        }
        graph
    }

    fn with(mut self, name: &str, names: &[&str]) -> Self {
        let set = names.iter().map(ToString::to_string).collect();
        let ways = names.iter().map(|to| (to.to_string(), format!("{name} -> {to}"))).collect();
        self.names.insert(name.to_owned(), set);
        self.reaches.insert(name.to_owned(), ways);
        self
    }

    fn with_way(mut self, way: &[&str]) -> Self {
        let (Some(from), Some(to)) = (way.first(), way.last()) else { return self };
        let ways = self.reaches.entry(from.to_string()).or_default();
        ways.insert(to.to_string(), way.join(" -> "));
        self
    }
}

/// The shortest way to every crate that is reached, breadth first.
fn ways_from(
    start: &PackageId,
    edges: &BTreeMap<&PackageId, Vec<&PackageId>>,
    name_of: &BTreeMap<&PackageId, &str>,
) -> BTreeMap<String, String> {
    let mut ways = BTreeMap::new();
    let mut queue = VecDeque::from([(start, name_of[start].to_owned())]);
    let mut visited = BTreeSet::from([start]);
    while let Some((at, way)) = queue.pop_front() {
        for &next in edges.get(at).into_iter().flatten() {
            if visited.insert(next) {
                let name = name_of[next];
                let longer = format!("{way} -> {name}");
                ways.entry(name.to_owned()).or_insert_with(|| longer.clone());
                queue.push_back((next, longer));
            }
        }
    }
    ways
}

/// Every violation of the rules, as a sentence.
fn breaches(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for (name, names) in &graph.names {
        if OUTBUILDINGS.contains(&name.as_str()) {
            continue;
        }
        let Some(room) = HOUSE.iter().find(|room| room.name == name) else {
            found.push(format!("`{name}` is new: say in crate_arrows.rs what it may name"));
            continue;
        };
        for other in names.iter().filter(|other| graph.names.contains_key(*other)) {
            if !room.may_name.contains(&other.as_str()) {
                found.push(format!("`{name}` names `{other}`: that arrow points outward"));
            }
            if DRIVER_CRATES.contains(&other.as_str()) && name != "server" {
                found.push(format!("`{name}` names the driver `{other}`: only `server` may"));
            }
        }
        // Only the crate that wraps a driver library may name it.
        for library in names.iter().filter(|library| DRIVERS.contains(&library.as_str())) {
            if !DRIVER_CRATES.contains(&name.as_str()) {
                found.push(format!("`{name}` names the driver library `{library}`"));
            }
        }
        let reached = graph.reaches.get(name);
        for library in room.never_knows {
            if let Some(way) = reached.and_then(|ways| ways.get(*library)) {
                found.push(format!("`{name}` must know nothing of `{library}`: {way}"));
            }
        }
    }
    found
}

fn this_workspace() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .exec()
        .expect("cargo metadata answers")
}

#[test]
fn the_arrows_of_this_workspace_point_inward() {
    let graph = Graph::of(&this_workspace());
    for room in &HOUSE {
        assert!(
            graph.names.contains_key(room.name),
            "`{}` has gone: mend crate_arrows.rs",
            room.name
        );
    }
    let found = breaches(&graph);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_graph_sees_a_dependency_of_a_dependency() {
    let graph = Graph::of(&this_workspace());
    // A check of the manifest alone would miss libraries that come through another crate.
    let xtask = &graph.reaches["xtask"];
    assert_eq!(xtask["tokio"], "xtask -> tokio");
    assert_eq!(xtask["mio"], "xtask -> tokio -> mio");
    assert!(!xtask.contains_key("cargo_metadata"), "development dependencies are free");
}

#[test]
fn an_arrow_inward_is_fine() {
    let graph = Graph::default()
        .with("domain", &["thiserror"])
        .with("store", &["domain", "tokio"])
        .with("store-sqlite", &["store", "domain", "rusqlite"])
        .with("server", &["store-sqlite", "store", "axum"])
        .with("bench", &["server", "rooms", "rusqlite"]);
    assert_eq!(breaches(&graph), Vec::<String>::new());
}

#[test]
fn an_arrow_outward_is_found() {
    let graph = Graph::default().with("domain", &["store"]).with("store", &[]);
    assert_eq!(breaches(&graph), ["`domain` names `store`: that arrow points outward"]);
}

#[test]
fn a_driver_named_outside_the_server_is_found() {
    let graph =
        Graph::default().with("booking", &["store-sqlite"]).with("store-sqlite", &["rusqlite"]);
    assert_eq!(
        breaches(&graph),
        [
            "`booking` names `store-sqlite`: that arrow points outward",
            "`booking` names the driver `store-sqlite`: only `server` may",
        ]
    );
    let graph = Graph::default().with("server", &["rusqlite"]);
    assert_eq!(breaches(&graph), ["`server` names the driver library `rusqlite`"]);
}

#[test]
fn a_forbidden_library_behind_another_is_found_with_the_way_to_it() {
    let graph =
        Graph::default().with("rooms", &["framework"]).with_way(&["rooms", "framework", "hyper"]);
    assert_eq!(
        breaches(&graph),
        ["`rooms` must know nothing of `hyper`: rooms -> framework -> hyper"]
    );
}

#[test]
fn a_crate_nobody_has_placed_is_found() {
    let graph = Graph::default().with("newcomer", &[]);
    assert_eq!(breaches(&graph), ["`newcomer` is new: say in crate_arrows.rs what it may name"]);
}
