//! A transaction that stays open, like that of a dump or a report that runs for hours.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

/// Ends when dropped, or with its server.
#[derive(Debug)]
pub struct Snapshot {
    child: Child,
}

impl Snapshot {
    pub(crate) fn open(mut psql: Command, url: &str) -> io::Result<Self> {
        psql.args(["-X", "-A", "-t", "-q", "-d", url]);
        psql.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = psql.spawn()?;
        let (Some(stdin), Some(stdout)) = (&mut child.stdin, &mut child.stdout) else {
            return Err(io::Error::other("a program without the pipes that it was given"));
        };
        // It begins with the first question, not with BEGIN.
        stdin
            .write_all(b"BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_current_snapshot();\n")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        match line.is_empty() {
            true => Err(io::Error::other("the transaction did not begin")),
            false => Ok(Self { child }),
        }
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // It may have ended with its server.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
