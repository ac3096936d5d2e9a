//! Messages to the terminal from which the program was started.

use std::io::Write as _;

/// To stdout; a reader that has gone is no reason to stop.
pub(crate) fn say(text: &str) {
    let mut stdout = std::io::stdout().lock();
    drop(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()));
}

/// To stderr, one line each.
pub(crate) fn complain(faults: &[impl std::fmt::Display]) {
    let mut stderr = std::io::stderr().lock();
    for fault in faults {
        drop(writeln!(stderr, "seatwire: {fault}"));
    }
}
