//! The speed of bare SQLite, to compare the server with: with SQLite's default log and with a long
//! one.

use std::time::Duration;

use anyhow::ensure;

use crate::bare_sqlite::{self, Log, Plan, Written};
use crate::figure::{Row, Unit, float};

pub(super) struct Bare {
    plan: Plan,
    /// With the default log, and with the long one.
    took: [Duration; 2],
    /// How many times both were measured.
    times: u32,
    written: Written,
}

impl Bare {
    pub(super) fn measure(plan: Plan) -> anyhow::Result<Self> {
        let book = |log| -> anyhow::Result<(Duration, Written)> {
            let folder = tempfile::tempdir()?;
            bare_sqlite::book(folder.path(), log, plan)
        };
        let (short, written) = book(Log::AsItComes)?;
        let (long, _) = book(Log::Long)?;
        Ok(Self { plan, took: [short, long], times: 1, written })
    }

    pub(super) fn add(&mut self, other: Self) {
        self.took = [0, 1].map(|which| self.took[which] + other.took[which]);
        self.times += other.times;
    }

    /// The bare loop is a fair measure only as long as it writes all rows of a booking.
    pub(super) fn must_be_as(&self, by_server: Written, bookings: usize) -> anyhow::Result<()> {
        let by_server = by_server.by_each_of(bookings);
        let bare = self.written.clone().by_each_of(self.plan.bookings);
        ensure!(bare == by_server, "the bare loop writes {bare:#?}, the server {by_server:#?}");
        Ok(())
    }

    /// Bookings a second, with the default log.
    pub(super) fn rate(&self) -> f64 {
        self.rate_with(self.took[0])
    }

    fn rate_with(&self, took: Duration) -> f64 {
        float(self.plan.bookings) / (took / self.times).as_secs_f64()
    }

    pub(super) fn rows(&self, command: &'static str) -> Vec<Row> {
        let mut row = Row::new(command, "bare SQLite");
        row.add("bookings", self.rate(), Unit::PerSecond);
        let mut long_row = Row::new(command, "bare SQLite, long log");
        let long = self.rate_with(self.took[1]);
        long_row.add("bookings", long, Unit::PerSecond);
        long_row.add("of bare SQLite", long / self.rate(), Unit::Times);
        vec![row, long_row]
    }
}
