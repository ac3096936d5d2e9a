//! Load generator: how many viewers, how soon, at what cost.
//!
//! Every figure is compared with the *floor*: a bare loop of `send(2)` with the same handshake and
//! nothing else. Machines are noisy; only the ratios of one run mean something. Server and client
//! are pinned to different cores.

mod address;
mod bare_postgres;
mod bare_sqlite;
mod book;
mod burst;
mod chaos;
mod company;
mod cores;
mod crowd;
mod document;
mod door;
mod fanout;
mod figure;
mod fill;
mod floor;
mod followers;
mod grow;
mod idle;
mod json;
mod keep_alive;
mod lateness;
mod nodes;
mod opening;
mod patience;
mod peers;
mod plot;
mod polling;
mod process;
mod promise;
mod restart;
mod seat_map;
mod sellers;
mod selling_floor;
mod slow;
mod soak;
mod sse;
mod stalled;
mod steady;
mod storm;
mod suite;
mod target;
mod trading;
mod viewer;
mod viewers;
mod websocket;
mod which;

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::{Parser, Subcommand};
use tokio::task::LocalSet;

use crate::figure::Row;
use crate::suite::Suite;
use crate::which::Which;

#[derive(Parser)]
#[command(about = "Measures Seatwire beside the floor and its peers", version)]
struct Arguments {
    /// The program to measure.
    #[arg(long, global = true, default_value = process::SEATWIRE)]
    seatwire: PathBuf,
    /// Small numbers, to see that a command works; its figures mean nothing.
    #[arg(long, global = true)]
    quick: bool,
    /// Which servers to measure; all of them when absent.
    #[arg(long, global = true, value_delimiter = ',')]
    against: Vec<Which>,
    /// Where to write the figures as JSON.
    #[arg(long, global = true)]
    json: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Hold subscribed viewers: memory of the whole server, and of each viewer.
    Viewers {
        /// Seatwire alone, with viewers that connect another way.
        #[arg(long)]
        over: Option<viewers::Over>,
    },
    /// One event to all viewers of a room, then one to each of a hundred rooms.
    Fanout,
    /// Many events at once to all viewers: deliveries a second, and memory before and after.
    Burst,
    /// Connect and subscribe, all viewers at once.
    Storm {
        /// Kill the server under its subscribed viewers while bookings go on, and start it again.
        #[arg(long)]
        restart: bool,
        /// Default 10,000.
        #[arg(long)]
        viewers: Option<usize>,
    },
    /// 1,000 events a second over 200 departures to 10,000 viewers: from commit to viewer.
    Steady {
        /// Default 60.
        #[arg(long)]
        seconds: Option<usize>,
    },
    /// Durable bookings of distinct seats, beside the bare database.
    Book {
        /// Also `POST /bookings` of this many passengers each, beside those of one.
        #[arg(long, value_parser = clap::value_parser!(u8).range(2..=10))]
        group: Option<u8>,
        /// They name no seats: the server chooses.
        #[arg(long, requires = "group")]
        choose: bool,
    },
    /// The use of its core by a server whose viewers only watch.
    Idle {
        /// Also over one whole interval of heartbeats.
        #[arg(long)]
        heartbeats: bool,
    },
    /// Viewers that stay, 20,000 that come and go, and sales all the time: whether memory grows
    /// once the server is warm.
    Soak {
        /// After the warm-up; default 40 seconds.
        #[arg(long)]
        minutes: Option<u64>,
    },
    /// Viewers that stop reading while 5,000 events pass: what the others notice, what each costs,
    /// and whether each has the right map in the end.
    Slow {
        /// Default 200, as many as read.
        #[arg(long)]
        stalled: Option<usize>,
    },
    /// One departure goes on sale under 15,000 viewers, and 2,000 want its fifty seats.
    Opening,
    /// Bookings, and how soon viewers know, with one server and with several on one PostgreSQL,
    /// beside that PostgreSQL alone.
    Nodes,
    /// All of the above but `nodes` in one run, written into the documentation.
    All {
        /// Where `benchmarks.md` is, and the figures and the plot go.
        #[arg(long, default_value = "docs")]
        docs: PathBuf,
    },
    /// Viewers and writers on a server that is killed, paused and cut off: nothing may be missing.
    Chaos(chaos::Plan),
    /// Write a database as a company has it after a year, through the store itself.
    Fill(fill::Plan),
    /// Every `GET` on an empty, a small and a filled database by turns, the start, and the booking
    /// rate.
    Grow(grow::Plan),
    /// The floor itself; started by the others.
    #[command(hide = true)]
    Floor {
        #[arg(long)]
        batched: bool,
    },
    /// The floor of `steady`; started by it.
    #[command(hide = true)]
    SellingFloor,
}

impl What {
    /// Whether it measures others beside Seatwire.
    fn is_a_comparison(&self) -> bool {
        match self {
            Self::Viewers { over } => over.is_none(),
            Self::Fanout | Self::Burst | Self::Idle { .. } | Self::All { .. } => true,
            Self::Storm { restart, .. } => !restart,
            Self::Steady { .. }
            | Self::Book { .. }
            | Self::Soak { .. }
            | Self::Slow { .. }
            | Self::Nodes
            | Self::Opening => false,
            Self::Chaos(_)
            | Self::Fill(_)
            | Self::Grow(_)
            | Self::Floor { .. }
            | Self::SellingFloor => false,
        }
    }
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let what = arguments.what;
    if let What::Floor { batched } = what {
        return floor::serve(batched);
    }
    if let What::SellingFloor = what {
        return selling_floor::serve();
    }
    if let What::Chaos(plan) = &what {
        return chaos::run(&arguments.seatwire, plan);
    }
    if let What::Fill(plan) = &what {
        return fill::run(plan);
    }
    let (seatwire, against) = (arguments.seatwire, arguments.against);
    if let What::Grow(plan) = &what {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let growing = grow::run(&seatwire, arguments.quick, plan);
        say(&LocalSet::new().block_on(&runtime, growing)?);
        return Ok(());
    }
    let suite = Suite::prepare(seatwire, arguments.quick, &against, what.is_a_comparison())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let rows = LocalSet::new().block_on(&runtime, run(&suite, &what))?;
    let (notes, is_broken) = suite.missing();
    say(&document::tables(&rows, &notes, !suite.is_quick));
    if let What::All { docs } = &what {
        document::write(docs, &rows, &notes)?;
    }
    if let Some(path) = arguments.json {
        let json = document::json(&rows)?;
        std::fs::write(&path, json).with_context(|| format!("cannot write {}", path.display()))?;
    }
    ensure!(!is_broken, "something of our own could not be measured; see above");
    Ok(())
}

async fn run(suite: &Suite, what: &What) -> anyhow::Result<Vec<Row>> {
    match what {
        What::Viewers { over: None } => suite.viewers_held().await,
        What::Viewers { over: Some(over) } => suite.viewers_over(*over).await,
        What::Fanout => suite.fanout().await,
        What::Burst => suite.burst().await,
        What::Storm { restart: true, viewers } => suite.restart(*viewers).await,
        What::Storm { restart: false, viewers } => suite.storm(*viewers).await,
        What::Steady { seconds } => suite.steady(*seconds).await,
        What::Book { group: None, .. } => suite.book().await,
        What::Book { group: Some(size), choose } => {
            suite.book_groups(usize::from(*size), *choose).await
        }
        What::Idle { heartbeats } => suite.idle(*heartbeats).await,
        What::Soak { minutes } => suite.soak(*minutes).await,
        What::Slow { stalled } => suite.slow(*stalled).await,
        What::Opening => suite.opening().await,
        What::Nodes => suite.nodes().await,
        What::All { .. } => suite.all().await,
        What::Chaos(_)
        | What::Fill(_)
        | What::Grow(_)
        | What::Floor { .. }
        | What::SellingFloor => Ok(Vec::new()),
    }
}

#[expect(clippy::print_stdout, reason = "the tables are what the program is for")]
fn say(text: &str) {
    println!("{text}");
}
