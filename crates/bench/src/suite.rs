//! The commands as they are run: their numbers in full and in the quick form, and the servers that
//! each is for.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::time::Duration;

use crate::figure::Row;
use crate::target::Target;
use crate::viewers::Over;
use crate::which::Which;
use crate::{
    book, burst, cores, crowd, fanout, idle, nodes, opening, peers, restart, slow, soak, steady,
    storm, viewers,
};

/// What all commands share.
pub(crate) struct Suite {
    pub(crate) seatwire: PathBuf,
    /// Small numbers, to see that a command works.
    pub(crate) is_quick: bool,
    against: Vec<Which>,
    /// What could not be measured, and why: a line each.
    missing: RefCell<Vec<String>>,
    /// Whether one of our own servers is among them.
    is_broken: Cell<bool>,
}

/// Departures that the viewers of a busy company look at.
const ROUTES: usize = 200;

impl Suite {
    /// Builds the requested peers, and only then keeps the load generator on its core.
    pub(crate) fn prepare(
        seatwire: PathBuf,
        is_quick: bool,
        against: &[Which],
        needs_peers: bool,
    ) -> anyhow::Result<Self> {
        let all = if against.is_empty() { &Which::ALL[..] } else { against };
        let missing = if needs_peers { peers::build(all) } else { Vec::new() };
        let is_there = |which: &Which| !missing.iter().any(|(absent, _)| absent == which);
        let against = all.iter().copied().filter(is_there).collect();
        let line = |(which, reason): &(Which, String)| not_measured(which.name(), reason);
        let missing = RefCell::new(missing.iter().map(line).collect());
        cores::keep_on(cores::Side::Client)?;
        Ok(Self { seatwire, is_quick, against, missing, is_broken: Cell::new(false) })
    }

    /// The number in full, or the quick one.
    fn or<T>(&self, full: T, quick: T) -> T {
        if self.is_quick { quick } else { full }
    }

    fn viewers(&self) -> usize {
        self.or(10_000, 50)
    }

    /// What could not be measured, a line each; and whether one of our own servers is among them.
    pub(crate) fn missing(&self) -> (Vec<String>, bool) {
        (self.missing.borrow().clone(), self.is_broken.get())
    }

    /// A server that fails is reported, and the others are still measured.
    fn keep(&self, rows: &mut Vec<Row>, command: &str, which: Which, row: anyhow::Result<Row>) {
        tell(&format!("{command}: {}", which.name()));
        match row {
            Ok(row) => rows.push(row),
            Err(error) => {
                let what = format!("{command} of {}", which.name());
                self.missing.borrow_mut().push(not_measured(&what, &format!("{error:#}")));
                if which.is_ours() {
                    self.is_broken.set(true);
                }
            }
        }
    }

    /// The servers to measure. The batched floor differs from the floor only in a burst.
    fn servers(&self) -> impl Iterator<Item = Which> {
        self.against.iter().copied().filter(|which| *which != Which::FloorBatched)
    }

    async fn target(&self, which: Which, rooms: usize) -> anyhow::Result<Target> {
        Target::start(which, &self.seatwire, rooms).await
    }

    pub(crate) async fn viewers_held(&self) -> anyhow::Result<Vec<Row>> {
        let steps = self.or(&[1_000, 10_000, 19_000][..], &[10, 50]);
        let plan = viewers::Plan { steps: steps.to_vec() };
        let mut rows = Vec::new();
        for which in self.servers() {
            let measured = async { viewers::run(self.target(which, 1).await?, &plan).await };
            self.keep(&mut rows, "viewers", which, measured.await);
        }
        Ok(rows)
    }

    pub(crate) async fn viewers_over(&self, over: Over) -> anyhow::Result<Vec<Row>> {
        let steps = self.or(&[1_000, 10_000][..], &[10, 50]);
        let plan = viewers::Plan { steps: steps.to_vec() };
        Ok(vec![viewers::run_over(over, &self.seatwire, &plan).await?])
    }

    /// All viewers of one room, then the same spread over a hundred.
    pub(crate) async fn fanout(&self) -> anyhow::Result<Vec<Row>> {
        let plan = fanout::Plan { viewers: self.viewers(), rounds: self.or(15, 2) };
        let mut rows = Vec::new();
        for count in [1, self.or(100, 5)] {
            for which in self.servers() {
                let measured = async { fanout::run(self.target(which, count).await?, &plan).await };
                self.keep(&mut rows, "fanout", which, measured.await);
            }
        }
        Ok(rows)
    }

    pub(crate) async fn burst(&self) -> anyhow::Result<Vec<Row>> {
        let (events, rounds) = (self.or(50, 5), self.or(3, 1));
        let plan = burst::Plan { viewers: self.viewers(), events, rounds };
        let mut rows = Vec::new();
        for &which in &self.against {
            let measured = async { burst::run(self.target(which, 1).await?, &plan).await };
            self.keep(&mut rows, "burst", which, measured.await);
        }
        Ok(rows)
    }

    /// As fast as the two sides can with some handshakes under way; then Seatwire alone with all of
    /// them at the same moment, which the others' backlogs do not hold.
    pub(crate) async fn storm(&self, viewers: Option<usize>) -> anyhow::Result<Vec<Row>> {
        let viewers = self.or(viewers.unwrap_or(10_000), 50);
        let mut plan = storm::Plan { viewers, at_once: self.or(crowd::AT_ONCE, 10) };
        let mut rows = Vec::new();
        for which in self.servers() {
            let measured = async { storm::run(self.target(which, 1).await?, &plan).await };
            self.keep(&mut rows, "storm", which, measured.await);
        }
        plan.at_once = viewers;
        for which in self.servers().filter(|which| *which == Which::Seatwire) {
            let measured = async { storm::run(self.target(which, 1).await?, &plan).await };
            self.keep(&mut rows, "storm at once", which, measured.await);
        }
        Ok(rows)
    }

    pub(crate) async fn restart(&self, viewers: Option<usize>) -> anyhow::Result<Vec<Row>> {
        let plan = restart::Plan {
            viewers: self.or(viewers.unwrap_or(10_000), 50),
            routes: self.or(ROUTES, 5),
            calm: Duration::from_millis(self.or(2_000, 200)),
        };
        Ok(vec![restart::run(&self.seatwire, &plan).await?])
    }

    pub(crate) async fn steady(&self, seconds: Option<usize>) -> anyhow::Result<Vec<Row>> {
        let plan = steady::Plan {
            viewers: self.viewers(),
            routes: self.or(ROUTES, 10),
            events_per_second: self.or(1_000, 100),
            seconds: self.or(seconds.unwrap_or(60), 1),
        };
        let mut rows = Vec::new();
        let with_sales = |which: &Which| matches!(which, Which::Floor | Which::Seatwire);
        for which in self.servers().filter(with_sales) {
            let measured = steady::run(which, &self.seatwire, &plan).await;
            self.keep(&mut rows, "steady", which, measured);
        }
        Ok(rows)
    }

    pub(crate) async fn book(&self) -> anyhow::Result<Vec<Row>> {
        book::run(&self.seatwire, self.bookings()).await
    }

    fn bookings(&self) -> book::Plan {
        book::Plan { bookings: self.or(40_000, 200), clients: 64 }
    }

    pub(crate) async fn book_groups(&self, size: usize, choose: bool) -> anyhow::Result<Vec<Row>> {
        let group = book::groups::Group { size, choose };
        book::groups::run(&self.seatwire, self.bookings(), group).await
    }

    pub(crate) async fn idle(&self, heartbeats: bool) -> anyhow::Result<Vec<Row>> {
        let plan = idle::Plan {
            viewers: self.viewers(),
            between: Duration::from_millis(self.or(8_000, 200)),
            heartbeats: Duration::from_secs(if heartbeats { self.or(25, 0) } else { 0 }),
        };
        let mut rows = Vec::new();
        // The floor only sends, so it does nothing while idle.
        for which in self.servers().filter(|which| *which != Which::Floor) {
            let measured = async { idle::run(self.target(which, 1).await?, &plan).await };
            self.keep(&mut rows, "idle", which, measured.await);
        }
        Ok(rows)
    }

    pub(crate) async fn soak(&self, minutes: Option<u64>) -> anyhow::Result<Vec<Row>> {
        let seconds = minutes.map_or(40, |minutes| minutes * 60);
        let plan = soak::Plan {
            staying: self.or(2_000, 20),
            visits: self.or(20_000, 50),
            time: Duration::from_millis(self.or(seconds * 1_000, 500)),
            warm_up_max: Duration::from_millis(self.or(120_000, 500)),
        };
        Ok(vec![soak::run(&self.seatwire, &plan).await?])
    }

    pub(crate) async fn slow(&self, stalled: Option<usize>) -> anyhow::Result<Vec<Row>> {
        let plan = slow::Plan {
            readers: self.or(200, 20),
            stalled: self.or(stalled.unwrap_or(200), 4),
            events: self.or(5_000, 60),
            events_per_second: self.or(250, 100),
            turns: self.or(3, 1),
        };
        Ok(vec![slow::run(&self.seatwire, &plan).await?])
    }

    pub(crate) async fn opening(&self) -> anyhow::Result<Vec<Row>> {
        let plan = opening::Plan {
            viewers: self.or(15_000, 100),
            buyers: self.or(2_000, 120),
            others: self.or(50, 5),
            others_viewers: self.or(1_000, 10),
            events_per_second: self.or(200, 60),
            seconds: self.or(3, 1),
        };
        Ok(vec![opening::run(&self.seatwire, &plan).await?])
    }

    pub(crate) async fn nodes(&self) -> anyhow::Result<Vec<Row>> {
        let plan = nodes::Plan {
            seatwire: self.seatwire.clone(),
            bookings: self.or(20_000, 400),
            hot_bookings: self.or(6_000, 300),
            clients: 64,
            viewers: self.or(500, 50),
            events_per_second: self.or(200, 60),
            seconds: self.or(5, 1),
        };
        nodes::run(&plan).await
    }

    /// Every command once, the long ones last; one that fails is reported.
    pub(crate) async fn all(&self) -> anyhow::Result<Vec<Row>> {
        let mut rows = Vec::new();
        rows.extend(self.viewers_held().await?);
        rows.extend(self.fanout().await?);
        rows.extend(self.burst().await?);
        rows.extend(self.storm(None).await?);
        rows.extend(self.idle(false).await?);
        self.keep_all(&mut rows, "storm --restart", self.restart(None).await);
        for over in Over::ALL {
            self.keep_all(&mut rows, over.command(), self.viewers_over(over).await);
        }
        self.keep_all(&mut rows, "book", self.book().await);
        self.keep_all(&mut rows, "book --group", self.book_groups(4, false).await);
        self.keep_all(&mut rows, "slow", self.slow(None).await);
        self.keep_all(&mut rows, "opening", self.opening().await);
        self.keep_all(&mut rows, "soak", self.soak(None).await);
        self.keep_all(&mut rows, "steady", self.steady(None).await);
        Ok(rows)
    }

    fn keep_all(&self, rows: &mut Vec<Row>, command: &str, found: anyhow::Result<Vec<Row>>) {
        match found {
            Ok(found) => rows.extend(found),
            Err(error) => self.keep(rows, command, Which::Seatwire, Err(error)),
        }
    }
}

fn not_measured(what: &str, reason: &str) -> String {
    format!("Not measured: {what}: {reason}")
}

/// A run takes minutes: these lines show that it goes on.
#[expect(clippy::print_stderr, reason = "the tables on stdout come at the end")]
fn tell(line: &str) {
    eprintln!("done: {line}");
}
