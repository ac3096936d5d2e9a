//! The stages of `cargo xtask test`: their order, what each needs, what to do when one fails.
//!
//! The order is from fast to slow, with one exception: the Rust tests come last, so that the output
//! of a good run ends in the test runner's own summary, and then in one line about all stages.

mod attack;
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
    Examples,
    Pages,
    Operations,
    Attack,
    Chaos,
    Doctest,
    Nextest,
}

const IN_ORDER: [Stage; 14] = [
    Stage::Fmt,
    Stage::Clippy,
    Stage::Build,
    Stage::Doc,
    Stage::Javascript,
    Stage::Browser,
    Stage::Python,
    Stage::Examples,
    Stage::Pages,
    Stage::Operations,
    Stage::Attack,
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
            Self::Examples => "examples",
            Self::Pages => "pages",
            Self::Operations => "operations",
            Self::Attack => "attack",
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
            Self::Javascript => {
                "the JavaScript client's types and tests, stock clients, linters of the documents"
            }
            Self::Browser => "the pages in Chromium",
            Self::Python => "stock Python clients",
            Self::Examples => {
                "the programs and pages in examples/, each started as its README says"
            }
            Self::Pages => "every code block of the documents, run as it stands there",
            Self::Operations => {
                "what is in deploy/: alerts, dashboard, unit, Compose, Kubernetes, real servers behind real proxies"
            }
            Self::Attack => "who may do what, forged tokens, smuggled requests, bad documents",
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
            Self::Build => {
                "Mend the errors above: of the compiler, or of `cargo run -- check-config`."
            }
            Self::Doc => "Mend the documentation warnings above (broken links, bad code fences).",
            Self::Javascript => {
                "Read the first `not ok`/`✖` above; a failing test prints the server's last log lines."
            }
            Self::Browser => {
                "Read the first `✖` above; the page and the test agree on `data-testid` attributes."
            }
            Self::Python => "Read the first FAIL or ERROR above.",
            Self::Examples => {
                "Read the first `✖` above; `npm run <example>` in examples/ shows it."
            }
            Self::Pages => {
                "Each `✖` above names a document and a line: mend the block, or what it shows."
            }
            Self::Attack => "Read the first `✖` above: each line says who was answered what.",
            Self::Operations => {
                "Read the first `✖` above; the judge (promtool, docker-compose, systemd-analyze, a proxy) says what is wrong."
            }
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
            Self::Javascript => &[Tool::Node, Tool::Curl, Tool::Postgres],
            Self::Operations => &[
                Tool::Node,
                Tool::Promtool,
                Tool::Python,
                Tool::Postgres,
                Tool::Redis,
                Tool::Proxies,
                Tool::Compose,
                Tool::Systemd,
            ],
            Self::Chaos | Self::Attack => &[Tool::Node],
            Self::Browser => &[Tool::Node, Tool::Chromium],
            Self::Python => &[Tool::Python],
            Self::Examples | Self::Pages => &[Tool::Node, Tool::Chromium, Tool::Python, Tool::Curl],
            Self::Nextest => &[Tool::Nextest, Tool::Postgres, Tool::Pgbouncer, Tool::Redis],
            Self::Fmt | Self::Clippy | Self::Build | Self::Doc | Self::Doctest => &[],
        }
    }

    fn needs_binary(self) -> bool {
        matches!(
            self,
            Self::Javascript
                | Self::Browser
                | Self::Python
                | Self::Examples
                | Self::Pages
                | Self::Operations
                | Self::Attack
                | Self::Chaos
        )
    }

    async fn run(self, workspace: &Workspace) -> Result<()> {
        match self {
            Self::Fmt => rust::fmt(workspace).await,
            Self::Clippy => rust::clippy(workspace).await,
            Self::Build => rust::build(workspace).await,
            Self::Doc => rust::doc(workspace).await,
            Self::Javascript => clients(workspace).await,
            Self::Browser => javascript::browser(workspace).await,
            Self::Python => python::clients(workspace).await,
            Self::Examples => examples(workspace).await,
            Self::Pages => pages(workspace).await,
            Self::Operations => operations(workspace).await,
            Self::Attack => javascript::attack(workspace).await,
            Self::Chaos => chaos::bounded(workspace).await,
            Self::Doctest => rust::doctest(workspace).await,
            Self::Nextest => rust::nextest(workspace).await,
        }
    }
}

/// Node runs their tests; the client generator is a Python package.
async fn clients(workspace: &Workspace) -> Result<()> {
    let python = python::interpreter(workspace).await?;
    javascript::clients(workspace, &python).await
}

/// Node runs their tests; some of them are in Python.
async fn examples(workspace: &Workspace) -> Result<()> {
    let python = python::interpreter(workspace).await?;
    javascript::examples(workspace, &python).await
}

/// Kubernetes' schemas are a Python package.
async fn operations(workspace: &Workspace) -> Result<()> {
    let python = python::interpreter(workspace).await?;
    javascript::operations(workspace, &python).await
}

/// The documents have code blocks for Node, browsers, Python and the shell.
async fn pages(workspace: &Workspace) -> Result<()> {
    let python = python::interpreter(workspace).await?;
    javascript::pages(workspace, &python).await
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

/// The whole run, on the deployed profile.
pub(crate) async fn chaos(workspace: &Workspace, options: &[&str]) -> Result<()> {
    tool::ensure(Stage::Chaos.tools(), workspace).await?;
    chaos::whole(workspace, options).await
}

/// Floods and timing on the deployed profile, or schemathesis' requests from the document.
pub(crate) async fn attack(workspace: &Workspace, options: &[&str]) -> Result<()> {
    tool::ensure(&[Tool::Node, Tool::Python], workspace).await?;
    attack::whole(workspace, options).await
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
    for &stage in stages {
        console::heading(stage.name(), stage.what(), start.elapsed());
        let stage_start = Instant::now();
        stage.run(workspace).await.with_context(|| {
            format!(
                "stage `{0}` failed after {1}. {2} To repeat it alone: `cargo xtask test --only {0}`",
                stage.name(),
                console::duration(stage_start.elapsed()),
                stage.advice()
            )
        })?;
        console::took(stage.name(), stage_start.elapsed());
        times.push((stage, stage_start.elapsed()));
    }
    console::line(&format!("\n{}", closing_line(&times, start.elapsed())));
    Ok(())
}

/// The last line of a good run; a failed run ends with the error.
fn closing_line(times: &[(Stage, Duration)], total: Duration) -> String {
    let entries: Vec<String> = times
        .iter()
        .map(|(stage, time)| format!("{} {}", stage.name(), console::duration(*time)))
        .collect();
    let whole = match times.len() {
        1 => "the stage passed".to_owned(),
        count if count == IN_ORDER.len() => format!("all {count} stages passed"),
        count => format!("{count} stages passed"),
    };
    format!("{whole} in {}: {}", console::duration(total), entries.join(", "))
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
    fn the_closing_line_names_every_stage_with_its_time() {
        let seconds = Duration::from_secs;
        let all = IN_ORDER.map(|stage| (stage, seconds(61)));
        let line = closing_line(&all, seconds(610));
        assert!(line.ends_with(", nextest 1 min 1 s"), "{line}");
        assert!(!line.contains('\n'), "one line: {line}");
        for stage in IN_ORDER {
            assert!(line.contains(stage.name()), "{stage:?} is missing: {line}");
        }
        let one = closing_line(&[(Stage::Fmt, Duration::from_millis(1_234))], seconds(2));
        assert_eq!(one, "the stage passed in 2.0 s: fmt 1.2 s");
        let two =
            closing_line(&[(Stage::Build, seconds(8)), (Stage::Chaos, seconds(30))], seconds(38));
        assert_eq!(two, "2 stages passed in 38.0 s: build 8.0 s, chaos 30.0 s");
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
