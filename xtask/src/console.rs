//! What a developer reads between the outputs of the programs that it runs.
//!
//! Plain lines on stdout, flushed at once, so that they stand in order with what the children
//! write to the same terminal or log.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks here")]

use std::io::Write;
use std::time::Duration;

/// The heading of a stage, with the time since the whole run began.
pub(crate) fn heading(name: &str, what: &str, since_start: Duration) {
    line(&format!("\n== {name}: {what}  [at {}]", duration(since_start)));
}

/// The closing line of a stage.
pub(crate) fn took(name: &str, elapsed: Duration) {
    line(&format!("-- {name}: ok, {}", duration(elapsed)));
}

pub(crate) fn line(text: &str) {
    println!("{text}");
    // If stdout is closed, there is no one left to read it.
    let _ = std::io::stdout().flush();
}

/// The last lines of a run that failed: the error first, its causes below.
pub(crate) fn fault(fault: &anyhow::Error) {
    eprintln!("\nerror: {fault}");
    for cause in fault.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}

/// `1.2 s`, and from a minute on `2 min 5 s`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 {
        return format!("{:.1} s", duration.as_secs_f64());
    }
    format!("{} min {} s", seconds / 60, seconds % 60)
}
