//! The stages of `cargo xtask test`: their order, what each needs, what to do when one fails.
//!
//! The order is from cheap to dear, with one exception: the Rust tests come last, so that the
//! output of a good run ends in the test runner's own summary.

mod chaos;
mod javascript;
mod python;
mod rust;

use crate::console;
use crate::program::Program;
use crate::tool::{self, Tool};
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Fmt,
    Clippy,
    Build,
    Doc,
    Javascript,
    Browser,
    Python,
    Chaos,
    Doctest,
    Nextest,
}

const IN_ORDER: [Stage; 10] = [
    Stage::Fmt,
    Stage::Clippy,
    Stage::Build,
    Stage::Doc,
    Stage::Javascript,
    Stage::Browser,
    Stage::Python,
    Stage::Chaos,
    Stage::Doctest,
    Stage::Nextest,
];

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Build => "build",
            Self::Doc => "doc",
            Self::Javascript => "javascript",
            Self::Browser => "browser",
            Self::Python => "python",
            Self::Chaos => "chaos",
            Self::Doctest => "doctest",
            Self::Nextest => "nextest",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Fmt => "Rust source is formatted",
            Self::Clippy => "no warning in any target",
            Self::Build => "the programs that the clients below talk to",
            Self::Doc => "documentation builds without a warning",
            Self::Javascript => "the browser client's tests, then stock JavaScript clients",
            Self::Browser => "the pages in Chromium",
            Self::Python => "stock Python clients",
            Self::Chaos => "viewers and writers while the server is killed, paused and cut off",
            Self::Doctest => "examples in the documentation",
            Self::Nextest => "unit and integration tests",
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Fmt => "Run `cargo fmt --all`.",
            Self::Clippy => {
                "Mend what clippy says above; an `#[expect]` needs a reason that a reader accepts."
            }
            Self::Build => "Mend the compiler errors above.",
            Self::Doc => "Mend the documentation warnings above (broken links, bad code fences).",
            Self::Javascript => {
                "Read the first `not ok`/`✖` above; a failing test prints the server's last log lines."
            }
            Self::Browser => {
                "Read the first `✖` above; the page and the test agree on `data-testid` attributes."
            }
            Self::Python => "Read the first FAIL or ERROR above.",
            Self::Chaos => {
                "Each difference above says who saw it and what had happened to them; the seed brings \
                 the same trouble again."
            }
            Self::Doctest => "Mend the examples named above.",
            Self::Nextest => "Run the failing test alone with `cargo nextest run <name>`.",
        }
    }

    fn tools(self) -> &'static [Tool] {
        match self {
            Self::Javascript | Self::Chaos => &[Tool::Node],
            Self::Browser => &[Tool::Node, Tool::Chromium],
            Self::Python => &[Tool::Python],
            Self::Nextest => &[Tool::Nextest],
            Self::Fmt | Self::Clippy | Self::Build | Self::Doc | Self::Doctest => &[],
        }
    }

    fn needs_binary(self) -> bool {
        matches!(self, Self::Javascript | Self::Browser | Self::Python | Self::Chaos)
    }

    async fn run(self, workspace: &Workspace) -> Result<()> {
        match self {
            Self::Fmt => rust::fmt(workspace).await,
            Self::Clippy => rust::clippy(workspace).await,
            Self::Build => rust::build(workspace).await,
            Self::Doc => rust::doc(workspace).await,
            Self::Javascript => javascript::clients(workspace).await,
            Self::Browser => javascript::browser(workspace).await,
            Self::Python => python::clients(workspace).await,
            Self::Chaos => chaos::bounded(workspace).await,
            Self::Doctest => rust::doctest(workspace).await,
            Self::Nextest => rust::nextest(workspace).await,
        }
    }
}

/// All stages in order, stopping at the first that fails.
pub(crate) async fn run_all(workspace: &Workspace) -> Result<()> {
    run(workspace, &IN_ORDER).await
}

/// One stage by its name, after the build if it talks to the binary.
pub(crate) async fn run_one(workspace: &Workspace, name: &str) -> Result<()> {
    let stage = IN_ORDER.into_iter().find(|stage| stage.name() == name);
    match stage {
        Some(stage) if stage.needs_binary() => run(workspace, &[Stage::Build, stage]).await,
        Some(stage) => run(workspace, &[stage]).await,
        None => bail!("there is no stage `{name}`; the stages are:\n{}", listing()),
    }
}

/// The whole run, on the release build.
pub(crate) async fn chaos(workspace: &Workspace, options: &[&str]) -> Result<()> {
    tool::ensure(Stage::Chaos.tools(), workspace).await?;
    chaos::whole(workspace, options).await
}

/// `cargo deny` over the dependencies, as far as it needs no network.
pub(crate) async fn deny(workspace: &Workspace) -> Result<()> {
    if tool::on_path(&["cargo-deny"]).is_none() {
        bail!(
            "missing: cargo-deny. Install it with `cargo install cargo-deny --locked` and run again."
        );
    }
    Program::cargo(workspace.root())
        .args(["deny", "check", "bans", "licenses", "sources"])
        .run()
        .await
}

/// The stages, one a line, for the help page.
pub(crate) fn listing() -> String {
    let lines = IN_ORDER.map(|stage| format!("  {:<11} {}", stage.name(), stage.what()));
    lines.join("\n")
}

async fn run(workspace: &Workspace, stages: &[Stage]) -> Result<()> {
    let start = Instant::now();
    let tools: Vec<Tool> = stages.iter().flat_map(|stage| stage.tools()).copied().collect();
    tool::ensure(&tools, workspace).await?;
    let mut times: Vec<(Stage, Duration)> = Vec::new();
    for (index, &stage) in stages.iter().enumerate() {
        let last = index + 1 == stages.len();
        if last && !times.is_empty() {
            console::line(&format!("\nso far: {}", summary(&times)));
        }
        console::heading(stage.name(), stage.what(), start.elapsed());
        let stage_start = Instant::now();
        stage.run(workspace).await.with_context(|| {
            format!(
                "stage `{0}` failed. {1} To repeat it alone: `cargo xtask test --only {0}`",
                stage.name(),
                stage.advice()
            )
        })?;
        // Nothing is printed after the last stage: its own summary is the last word.
        if !last {
            console::took(stage.name(), stage_start.elapsed());
        }
        times.push((stage, stage_start.elapsed()));
    }
    Ok(())
}

fn summary(times: &[(Stage, Duration)]) -> String {
    let entries =
        times.iter().map(|(stage, time)| format!("{} {:.1} s", stage.name(), time.as_secs_f64()));
    entries.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_has_its_own_name_and_the_rust_tests_come_last() {
        let mut names = IN_ORDER.map(Stage::name).to_vec();
        assert_eq!(names.last(), Some(&"nextest"));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), IN_ORDER.len());
    }

    #[test]
    fn the_binary_is_built_before_anything_talks_to_it() {
        let position = |wanted| IN_ORDER.iter().position(|&stage| stage == wanted);
        let build = position(Stage::Build);
        for stage in IN_ORDER.into_iter().filter(|stage| stage.needs_binary()) {
            assert!(build < position(stage), "{stage:?} comes before the build");
        }
    }
}
