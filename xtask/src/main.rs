//! What a developer types: `cargo xtask test` and the other commands of `cargo xtask help`.
//!
//! It decides the commands and the exit code. It does not know what a stage does (`stage`), how a
//! program runs (`program`), or where a missing one comes from (`tool`).

mod capacity;
mod console;
mod docs;
mod postgres;
mod program;
mod redis;
mod stage;
mod tool;
mod workspace;

use crate::postgres::Postgres;
use crate::program::Program;
use anyhow::{Result, bail};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use workspace::Workspace;

const HELP: &str = "\
cargo xtask test                 every check there is, in order, stops at the first that fails
cargo xtask test --only <stage>  one stage (the real clients get a fresh build of the server first)
cargo xtask simulate --seeds N [--seed S]
                                 N stories of the simulator from seed S on, built for release
cargo xtask chaos [options]      thousands of viewers on a server that is killed, paused and cut off;
                                 --nodes 3: on three that share a PostgreSQL
                                 (--seconds 60, --seed N; `--help` lists the rest)
cargo xtask postgres             a throw-away PostgreSQL for the tests of store-postgres, until ctrl-c
cargo xtask redis [sentinel | cluster]
                                 a throw-away Redis, Sentinels or Cluster to try things on, until ctrl-c
cargo xtask capacity             cores, memory, nodes and databases for many viewers, from what was measured
cargo xtask docs [folder]        the documents as a web site, for any web server (target/site)
cargo xtask attack [--seconds N | --schema]
                                 floods, slow clients, bombs and timing against a server of its own; what
                                 it costs others. --schema: schemathesis on /openapi.json
cargo xtask deny                 licences, sources and bans of the dependencies (needs cargo-deny)
cargo xtask help                 this page

stages of test, in order:
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match obey(&words.iter().map(String::as_str).collect::<Vec<_>>()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            console::fault(&fault);
            ExitCode::FAILURE
        }
    }
}

async fn obey(words: &[&str]) -> Result<()> {
    let workspace = Workspace::here()?;
    match words {
        ["test"] => stage::run_all(&workspace).await,
        ["test", "--only", name] => stage::run_one(&workspace, name).await,
        ["simulate", options @ ..] => simulate(&workspace, options).await,
        ["chaos", options @ ..] => stage::chaos(&workspace, options).await,
        ["postgres"] => serve_postgres().await,
        ["capacity"] => {
            capacity::tell();
            Ok(())
        }
        ["redis", shape @ ..] => redis::serve(shape).await,
        ["docs"] => docs::write(&workspace, &workspace.path("target/site")).await,
        ["docs", folder] => docs::write(&workspace, &std::path::absolute(folder)?).await,
        ["attack", options @ ..] => stage::attack(&workspace, options).await,
        ["deny"] => stage::deny(&workspace).await,
        [] | ["help" | "--help" | "-h"] => {
            console::line(&format!("{HELP}{}", stage::listing()));
            Ok(())
        }
        other => {
            bail!("`cargo xtask {}` is not a command; see `cargo xtask help`", other.join(" "))
        }
    }
}

/// Runs until it is stopped.
async fn serve_postgres() -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let postgres = Postgres::start().await?;
    let (variable, url) = (postgres::VARIABLE, postgres.url());
    console::line(&format!(
        "PostgreSQL is running until ctrl-c. For the tests:\n\nexport {variable}={url}"
    ));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    postgres.stop().await
}

/// The simulator reads its options itself, and explains them when they are wrong.
async fn simulate(workspace: &Workspace, options: &[&str]) -> Result<()> {
    Program::cargo(workspace.root())
        .args(["run", "--quiet", "--release", "--package", "simulator", "--"])
        .args(options)
        .run()
        .await
}
