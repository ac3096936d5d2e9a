//! Viewers that stop reading while thousands of events pass: whether the others get events as soon
//! as before, what each of them costs, and whether each has the right map when it reads on or
//! connects again.
//!
//! One departure, an even pace that leaves the server's core half idle, and the same number of
//! events by turns: readers alone, then readers beside viewers that do not read. So the noise of
//! the machine is the same for both, and the differences between the turns of readers alone show
//! how much noise there is. The turns are compared by the p99 *at least*
//! ([`lateness`](crate::lateness)): a sync to disk, which differs more than anything else from turn
//! to turn, is not in it, and any delay of a pass is.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::company::{Company, LEGS};
use crate::cores;
use crate::crowd::{self, AT_ONCE};
use crate::figure::{Row, Unit, at, float};
use crate::keep_alive::KeepAlive;
use crate::lateness::{Lateness, Watching};
use crate::process::{self, Process};
use crate::stalled::Stalled;
use crate::trading::Trading;

pub(crate) struct Plan {
    pub(crate) readers: usize,
    pub(crate) stalled: usize,
    /// Events in each turn.
    pub(crate) events: usize,
    pub(crate) events_per_second: usize,
    /// Turns without, and as many with.
    pub(crate) turns: usize,
}

/// Seats that are sold and given back all the time.
const TRADED_SEATS: usize = 80;

/// Seats after these: some are sold for good while the stalled viewers do not read, so that a right
/// map is not simply an empty one.
const SEATS: usize = 100;

/// This share of a turn's events, one in so many, is not measured: with them the server gets warm,
/// and the stalled are viewers like all others until the buffers between them and the server are
/// full.
const WARM_UP: usize = 5;

pub(crate) async fn run(seatwire: &Path, plan: &Plan) -> anyhow::Result<Row> {
    let mut house = House::open(seatwire, plan).await?;
    let warm_up = plan.events / WARM_UP;
    let looked_at = plan.events - warm_up;
    let (mut without, mut with, mut waking) =
        (Turns::default(), Turns::default(), Turns::default());
    let mut found = Found::default();
    for turn in 0..plan.turns {
        house.turn(warm_up).await?;
        without.0.push(house.turn(looked_at).await?);
        let (port, route) = (house.server.port, house.company.routes.concat());
        let before = house.server.rss_kib()?;
        let stalled = Stalled::gather(port, &route, plan.stalled).await?;
        house.turn(warm_up).await?;
        with.0.push(house.turn(looked_at).await?);
        let grown = house.server.rss_kib()?.saturating_sub(before);
        found.grown_kib = found.grown_kib.max(f64::from(grown));
        house.sell_for_good(turn).await?;

        let heads = house.company.heads().await?;
        let start = Instant::now();
        stalled.wake();
        let followers = Rc::clone(&stalled.followers);
        let awake = async {
            followers.wait_until(|followers| followers.is_back(&heads)).await?;
            anyhow::Ok(start.elapsed())
        };
        let (passed, awake) = tokio::join!(house.turn(warm_up), awake);
        waking.0.push(passed?);
        found.awake = found.awake.max(awake?);
        found.wrong_maps += stalled.leave(port, &route).await?;
        found.missed += followers.missed.get();
        found.doubled += followers.doubled.get();
        found.snapshots += followers.snapshots.get();
    }
    house.server.kill().await?;
    Ok(row(plan, &without, &with, &waking, &found))
}

/// The figures of the readers and the server in one turn.
struct Turn {
    half: Duration,
    p99: Duration,
    p99_at_least: Duration,
    /// What the server and the client use of their cores, in percent.
    cores: [f64; 2],
}

#[derive(Default)]
struct Turns(Vec<Turn>);

impl Turns {
    /// The median of their values: one bad moment of the machine must not count.
    fn middle<T: Copy + PartialOrd>(&self, what: impl Fn(&Turn) -> T) -> Option<T> {
        let mut all: Vec<T> = self.0.iter().map(what).collect();
        all.sort_by(|one, two| one.partial_cmp(two).unwrap_or(std::cmp::Ordering::Equal));
        all.get(all.len() / 2).copied()
    }

    fn time(&self, what: impl Fn(&Turn) -> Duration) -> Duration {
        self.middle(what).unwrap_or_default()
    }

    /// The worst p99 as a multiple of the best.
    fn apart(&self) -> f64 {
        let p99 = || self.0.iter().map(|turn| turn.p99_at_least);
        ratio(p99().max().unwrap_or_default(), p99().min().unwrap_or_default())
    }
}

fn ratio(one: Duration, of: Duration) -> f64 {
    one.as_secs_f64() / of.as_secs_f64().max(f64::EPSILON)
}

/// The figures of the viewers that did not read.
#[derive(Default)]
struct Found {
    /// How much the server's memory grew while they did not read, in the worst turn; it includes
    /// memory for work that the server did for the first time.
    grown_kib: f64,
    /// From the moment at which they are woken until all have the events up to that moment.
    awake: Duration,
    missed: usize,
    doubled: usize,
    snapshots: usize,
    wrong_maps: usize,
}

/// A server with one departure, its readers, and a trader of its seats.
struct House {
    server: Process,
    company: Rc<Company>,
    readers: usize,
    lateness: Rc<Lateness>,
    trading: Trading,
}

impl House {
    async fn open(seatwire: &Path, plan: &Plan) -> anyhow::Result<Self> {
        let server = Process::start(process::seatwire(seatwire, 0)?).await?;
        let company = Rc::new(Company::open(server.port, 1, SEATS).await?);
        let lateness = Rc::new(Lateness::new()?);
        let watching = Rc::clone(&lateness);
        let sight = move |_| Watching(Rc::clone(&watching));
        crowd::gather(server.port, 0..plan.readers, AT_ONCE, &company.routes, sight).await?;
        let trading = Trading::new(&company, TRADED_SEATS, plan.events_per_second);
        Ok(Self { server, company, readers: plan.readers, lateness, trading })
    }

    /// Makes this many events, which all readers get.
    async fn turn(&mut self, events: usize) -> anyhow::Result<Turn> {
        let used = [cores::used(self.server.pid)?, cores::used(std::process::id())?];
        let traded = self.trading.trade(events).await?;
        let percent = |now: Duration, before| cores::percent(now - before, traded.lasted);
        let cores = [
            percent(cores::used(self.server.pid)?, used[0]),
            percent(cores::used(std::process::id())?, used[1]),
        ];
        let events: usize = traded.events.iter().sum();
        let times = self.lateness.take(events * self.readers).await?;
        let p99_at_least = at(&times.after_answers(&traded.answered), 0.99);
        Ok(Turn { half: times.at_most(0.5), p99: times.at_most(0.99), p99_at_least, cores })
    }

    /// Sells a seat that is not traded, another one each turn.
    async fn sell_for_good(&self, turn: usize) -> anyhow::Result<()> {
        let spare = SEATS - TRADED_SEATS;
        let request = self.company.leg(
            &self.company.agent,
            0,
            TRADED_SEATS + turn % spare,
            turn / spare % LEGS,
        );
        let mut clerk = KeepAlive::connect(self.server.port).await?;
        clerk.insist(&request).await?.good()?;
        self.lateness.take(self.readers).await?;
        Ok(())
    }
}

fn row(plan: &Plan, without: &Turns, with: &Turns, waking: &Turns, found: &Found) -> Row {
    let mut row = Row::new("slow", "Seatwire");
    row.time("p50 without", without.time(|turn| turn.half));
    row.time("p50 with", with.time(|turn| turn.half));
    row.time("p99 at most, without", without.time(|turn| turn.p99));
    row.time("p99 at most, with", with.time(|turn| turn.p99));
    let p99 = |turn: &Turn| turn.p99_at_least;
    row.time("p99 at least, without", without.time(p99));
    row.time("p99 at least, with", with.time(p99));
    row.add("with / without", ratio(with.time(p99), without.time(p99)), Unit::Times);
    row.add("turns without apart", without.apart(), Unit::Times);
    row.add("memory of each", found.grown_kib / float(plan.stalled.max(1)), Unit::Kib);
    row.time("p99 at most, while they wake", waking.time(|turn| turn.p99));
    row.time("all awake", found.awake);
    row.count("missed", found.missed);
    row.count("doubled", found.doubled);
    row.count("snapshots", found.snapshots);
    row.count("wrong maps", found.wrong_maps);
    let server = |turns: &Turns| turns.middle(|turn| turn.cores).unwrap_or_default()[0];
    row.add("server's core", server(with), Unit::Percent);
    row.add("server's core, while they wake", server(waking), Unit::Percent);
    let client = waking.middle(|turn| turn.cores).unwrap_or_default()[1];
    row.add("client's core, while they wake", client, Unit::Percent);
    row
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Turn, Turns};

    #[test]
    fn one_bad_turn_is_told_but_is_not_the_finding() {
        let turn = |millis| {
            let time = Duration::from_millis(millis);
            Turn { half: time, p99: time, p99_at_least: time, cores: [50.0; 2] }
        };
        let turns = Turns(vec![turn(4), turn(40), turn(5)]);
        assert_eq!(turns.time(|turn| turn.p99), Duration::from_millis(5));
        assert!((turns.apart() - 10.0).abs() < 1e-9);
        assert_eq!(Turns::default().time(|turn| turn.p99), Duration::ZERO);
    }
}
