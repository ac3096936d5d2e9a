//! `simulator --seeds N --seed S`: runs many seeds and prints what happened, or which seed failed.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks here")]

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

/// Runs the simulator on many seeds and stops at the first that fails.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first one.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A line of progress after this many seeds.
const SEEDS_PER_LINE: u64 = 1_000;

fn main() -> ExitCode {
    let Arguments { seeds, seed } = Arguments::parse();
    let start = Instant::now();
    let done = |index: u64| {
        if (index + 1).is_multiple_of(SEEDS_PER_LINE) {
            println!("{} seeds, {:.0} s", index + 1, start.elapsed().as_secs_f64());
        }
    };
    match simulator::run_many(seed, seeds, done) {
        Ok(tally) => {
            for (what, times) in tally {
                println!("{times:>12} {what}");
            }
            println!("{seeds} seeds from {seed}, {:.1} s", start.elapsed().as_secs_f64());
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
