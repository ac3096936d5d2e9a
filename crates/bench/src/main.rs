//! Load generator: how many viewers, how soon, at what cost.
//!
//! Every figure is taken beside the *floor*: a bare loop of `send(2)` that speaks the same handshake
//! and knows nothing else. Machines are noisy; only the ratios of one run mean something. Server and
//! client are pinned to different cores.

mod address;
mod fanout;
mod floor;
mod http;
mod server;
mod viewer;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures Seatwire beside the floor", version)]
struct Arguments {
    /// The program to measure.
    #[arg(long, default_value = "target/release/seatwire")]
    seatwire: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Hold subscribed viewers, tell them one event, then a burst: memory, first, median, p99, last.
    Fanout {
        #[arg(long, default_value_t = 10_000)]
        viewers: usize,
        /// Single events, each waited for.
        #[arg(long, default_value_t = 6)]
        rounds: usize,
        /// Events at once.
        #[arg(long, default_value_t = 40)]
        burst: usize,
    },
    /// The floor itself; started by `fanout`.
    #[command(hide = true)]
    Floor,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if matches!(arguments.what, What::Floor) {
        return floor::serve();
    }
    pin(1).context("the load generator could not be pinned to the second core")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match arguments.what {
        What::Fanout { viewers, rounds, burst } => {
            let plan = fanout::Plan { viewers, rounds, burst };
            runtime.block_on(fanout::run(&arguments.seatwire, &plan))
        }
        What::Floor => Ok(()),
    }
}

/// Keeps this process on one core.
pub(crate) fn pin(core: usize) -> anyhow::Result<()> {
    let mut cores = rustix::thread::CpuSet::new();
    cores.set(core);
    Ok(rustix::thread::sched_setaffinity(None, &cores)?)
}
