//! The driver's source of random values: the ids of groups, the name of a process and others.
//!
//! It is the system's generator, or a simulation's seed; nothing else in this crate draws anything.

use std::fmt;
use std::io;

type Fill = dyn FnMut(&mut [u8]) -> io::Result<()> + Send;

/// A source of random bytes.
pub(crate) struct Chance(Box<Fill>);

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance")
    }
}

impl Chance {
    pub(crate) fn system() -> Self {
        Self(Box::new(|bytes| getrandom::fill(bytes).map_err(io::Error::from)))
    }

    #[cfg(feature = "simulation")]
    pub(crate) fn simulated(mut fill: impl FnMut(&mut [u8]) + Send + 'static) -> Self {
        Self(Box::new(move |bytes| {
            fill(bytes);
            Ok(())
        }))
    }

    pub(crate) fn draw<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        (self.0)(&mut bytes)?;
        Ok(bytes)
    }
}
