//! The lines that a test's own thread logs.

use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use tracing::subscriber::DefaultGuard;

/// Kept until it is dropped.
#[derive(Debug)]
pub struct Log {
    lines: Lines,
    _guard: DefaultGuard,
}

#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// From `info` on, as the program does by itself.
    #[must_use]
    pub fn listen() -> Self {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
        Self { lines, _guard: tracing::subscriber::set_default(log.finish()) }
    }

    /// Those so far that have this word.
    #[must_use]
    pub fn lines_with(&self, word: &str) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.lines.0.lock()).into_owned();
        text.lines().filter(|line| line.contains(word)).map(str::to_owned).collect()
    }
}
