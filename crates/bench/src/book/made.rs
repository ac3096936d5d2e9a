//! Bookings that servers have made for many clients: how fast, and how long each took.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::cores;
use crate::figure::{Row, Unit, at, float};
use crate::keep_alive;
use crate::process::Process;

#[derive(Default)]
pub(crate) struct Made {
    lasted: Duration,
    /// Each booking's own time.
    took: Vec<Duration>,
    server_used: Duration,
    client_used: Duration,
}

impl Made {
    pub(crate) async fn measure(
        servers: &[&Process],
        bookings: usize,
        clients: usize,
        request: impl Fn(usize) -> Vec<u8> + 'static,
    ) -> anyhow::Result<Self> {
        let took = Rc::new(RefCell::new(Vec::with_capacity(bookings)));
        let all_took = Rc::clone(&took);
        let answered = move |_, _: &[u8], time: Duration| all_took.borrow_mut().push(time);
        let servers_used = || {
            servers.iter().map(|server| cores::used(server.pid)).sum::<anyhow::Result<Duration>>()
        };
        let ports: Vec<u16> = servers.iter().map(|server| server.port).collect();
        let server_used = servers_used()?;
        let client_used = cores::used(std::process::id())?;
        let start = Instant::now();
        keep_alive::all(&ports, clients, bookings, request, answered).await?;
        Ok(Self {
            lasted: start.elapsed(),
            took: took.take(),
            server_used: servers_used()? - server_used,
            client_used: cores::used(std::process::id())? - client_used,
        })
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.lasted += other.lasted;
        self.took.extend(other.took);
        self.server_used += other.server_used;
        self.client_used += other.client_used;
    }

    /// Bookings a second.
    pub(crate) fn rate(&self) -> f64 {
        float(self.took.len()) / self.lasted.as_secs_f64()
    }

    /// The time in which this share of them was answered.
    pub(crate) fn slowest(&self, share: f64) -> Duration {
        let mut took = self.took.clone();
        took.sort_unstable();
        at(&took, share)
    }

    pub(crate) fn tell(mut self, row: &mut Row) {
        self.took.sort_unstable();
        row.time("median", at(&self.took, 0.5));
        row.time("p99", at(&self.took, 0.99));
        row.time("max", at(&self.took, 1.0));
        row.add("server's core", self.server_share(), Unit::Percent);
        row.add("client's core", self.client_share(), Unit::Percent);
    }

    /// Of the servers' core, in percent; without the database, if it is a process of its own.
    pub(crate) fn server_share(&self) -> f64 {
        cores::percent(self.server_used, self.lasted)
    }

    /// Of the load generator's core, in percent.
    pub(crate) fn client_share(&self) -> f64 {
        cores::percent(self.client_used, self.lasted)
    }
}
