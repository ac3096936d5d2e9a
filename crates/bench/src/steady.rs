//! A busy evening: real bookings and cancellations at a steady pace, and how long after a commit
//! every viewer knows.
//!
//! The commit itself cannot be seen from outside, so it is taken between two moments that can:
//! - *at most*: from the event's `timestamp`, which the server takes before it hands the command to
//!   the store (whole milliseconds, rounded down): waiting for the writer, the sync to disk and all
//!   that follows are in it;
//! - *at least*: from the moment at which the client has the HTTP answer, which leaves right after
//!   the commit; an event that was there first counts as zero.
//!
//! Client and server share one machine and so one clock.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use hdrhistogram::Histogram;
use memchr::memmem;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::company::Company;
use crate::cores;
use crate::crowd::{self, AT_ONCE, PATIENCE};
use crate::figure::{Row, Unit, at, float};
use crate::json::text_behind;
use crate::keep_alive::KeepAlive;
use crate::process::{self, Process};
use crate::viewer::Sight;

pub(crate) struct Plan {
    pub(crate) viewers: usize,
    pub(crate) routes: usize,
    pub(crate) events_per_second: usize,
    pub(crate) seconds: usize,
}

const SEATS: usize = 40;

/// A booking makes one event, its cancellation two.
const EVENTS_PER_PAIR: usize = 3;

/// Requests under way at one time; a server that is slower than the pace fails the run.
const CONNECTIONS_MAX: usize = 2_048;

/// A connection that was idle for longer is not used again: the server ends it after fifteen seconds.
const IDLE_MAX: Duration = Duration::from_secs(10);

pub(crate) async fn run(seatwire: &Path, plan: &Plan) -> anyhow::Result<Vec<Row>> {
    let server = Process::start(process::seatwire(seatwire, 0)?).await?;
    let company = Rc::new(Company::open(server.port, plan.routes, SEATS).await?);
    let seen = Rc::new(Seen::new()?);
    let watching = Rc::clone(&seen);
    let sight = move |_| Watching(Rc::clone(&watching));
    crowd::gather(server.port, 0..plan.viewers, AT_ONCE, &company.routes, sight).await?;

    let pairs = (plan.events_per_second * plan.seconds).div_ceil(EVENTS_PER_PAIR);
    let period = Duration::from_secs(1) * u32::try_from(EVENTS_PER_PAIR)?
        / u32::try_from(plan.events_per_second.max(1))?;
    let (server_used, client_used) = (cores::used(server.pid)?, cores::used(std::process::id())?);
    let start = Instant::now();
    let answered = sell(&server, &company, pairs, period).await?;
    let lasted = start.elapsed();
    let server_used = cores::used(server.pid)? - server_used;
    let client_used = cores::used(std::process::id())? - client_used;

    // Of each of the three events, as many as there are viewers of its route.
    let viewers_of = |route: usize| (plan.viewers + plan.routes - 1 - route) / plan.routes;
    let expected: usize =
        (0..pairs).map(|pair| EVENTS_PER_PAIR * viewers_of(pair % plan.routes)).sum();
    seen.wait_for(expected).await?;
    let rss = server.rss_kib()?;
    server.kill().await?;

    let mut row = Row::new("steady", "Seatwire");
    row.add("events", float(pairs * EVENTS_PER_PAIR) / lasted.as_secs_f64(), Unit::PerSecond);
    row.add("deliveries", float(expected) / lasted.as_secs_f64(), Unit::PerSecond);
    let histogram = seen.from_timestamp.borrow();
    let quantile = |share| Duration::from_micros(histogram.value_at_quantile(share));
    row.time("p50 at most", quantile(0.5));
    row.time("p99 at most", quantile(0.99));
    row.time("max at most", Duration::from_micros(histogram.max()));
    let least = seen.after_answers(&answered);
    row.time("p50 at least", at(&least, 0.5));
    row.time("p99 at least", at(&least, 0.99));
    row.time("max at least", at(&least, 1.0));
    row.memory("memory", rss);
    row.add("server's core", cores::percent(server_used, lasted), Unit::Percent);
    row.add("client's core", cores::percent(client_used, lasted), Unit::Percent);
    Ok(vec![row])
}

/// Which event of which ticket.
type Key = (u64, bool);

/// Sells a seat and gives it back, at an even pace, each pair in a task of its own so that a slow
/// answer delays no other. Tells when each answer was there.
async fn sell(
    server: &Process,
    company: &Rc<Company>,
    pairs: usize,
    period: Duration,
) -> anyhow::Result<HashMap<Key, Instant>> {
    let idle: Rc<RefCell<Vec<(KeepAlive, Instant)>>> = Rc::default();
    let answered: Rc<RefCell<HashMap<Key, Instant>>> = Rc::default();
    let mut selling = JoinSet::new();
    let mut pace = tokio::time::interval(period);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for pair in 0..pairs {
        pace.tick().await;
        while let Some(sold) = selling.try_join_next() {
            sold??;
        }
        ensure!(selling.len() < CONNECTIONS_MAX, "the server does not keep the pace");
        let (idle, answered, company) =
            (Rc::clone(&idle), Rc::clone(&answered), Rc::clone(company));
        let port = server.port;
        selling.spawn_local(async move {
            let waiting = idle.borrow_mut().pop();
            let mut connection = match waiting {
                Some((connection, since)) if since.elapsed() < IDLE_MAX => connection,
                _ => KeepAlive::connect(port).await?,
            };
            let routes = company.routes.len();
            let (route, seat) = (pair % routes, pair / routes % company.seats);
            let booking = company.booking(&company.agent, route, seat);
            let answer = connection.exchange(&booking).await?;
            let at = Instant::now();
            let ticket_id = text_behind(answer.good()?, br#""id":""#)
                .context("a ticket without id")?
                .to_owned();
            answered.borrow_mut().insert((ticket_key(&ticket_id), false), at);
            let cancellation = company.cancellation(&company.agent, &ticket_id);
            connection.exchange(&cancellation).await?.good()?;
            answered.borrow_mut().insert((ticket_key(&ticket_id), true), Instant::now());
            idle.borrow_mut().push((connection, Instant::now()));
            anyhow::Ok(())
        });
    }
    while let Some(sold) = selling.join_next().await {
        sold??;
    }
    Ok(answered.take())
}

/// The half of a ticket's id that is chance.
fn ticket_key(id: &str) -> u64 {
    id.bytes().filter(u8::is_ascii_hexdigit).skip(16).fold(0, |key, digit| {
        let value = char::from(digit).to_digit(16).unwrap_or_default();
        (key << 4) | u64::from(value)
    })
}

struct Seen {
    count: Cell<usize>,
    /// In microseconds.
    from_timestamp: RefCell<Histogram<u64>>,
    arrivals: RefCell<Vec<(Key, Instant)>>,
}

impl Seen {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            count: Cell::new(0),
            from_timestamp: RefCell::new(Histogram::new_with_bounds(1, 60_000_000, 3)?),
            arrivals: RefCell::default(),
        })
    }

    async fn wait_for(&self, packets: usize) -> anyhow::Result<()> {
        let start = Instant::now();
        while self.count.get() < packets {
            let came = self.count.get();
            ensure!(start.elapsed() < PATIENCE, "{came} of {packets} events came");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        ensure!(self.count.get() == packets, "{} of {packets} events came", self.count.get());
        Ok(())
    }

    fn after_answers(&self, answered: &HashMap<Key, Instant>) -> Vec<Duration> {
        let arrivals = self.arrivals.borrow();
        let mut times: Vec<Duration> = arrivals
            .iter()
            .filter_map(|(key, at)| Some(at.saturating_duration_since(*answered.get(key)?)))
            .collect();
        times.sort_unstable();
        times
    }
}

struct Watching(Rc<Seen>);

const DAY_MICROS: u64 = 86_400_000_000;

impl Sight for Watching {
    fn packet(&mut self, packet: &[u8], at: Instant) {
        let seen = &self.0;
        seen.count.set(seen.count.get() + 1);
        if let Some(told) = text_behind(packet, br#""timestamp":""#).and_then(micros_of_day) {
            // Not `at`: how far the two clocks are apart changes.
            let late = (clock_micros() + DAY_MICROS - told) % DAY_MICROS;
            // Rounded up, it may lie ahead.
            let late = if late > DAY_MICROS / 2 { 0 } else { late };
            seen.from_timestamp.borrow_mut().saturating_record(late.max(1));
        }
        // `seat_available` names no ticket.
        if let Some(ticket_id) = text_behind(packet, br#""ticketId":""#) {
            let is_cancelled = memmem::find(packet, br#":"seat_cancelled""#).is_some();
            seen.arrivals.borrow_mut().push(((ticket_key(ticket_id), is_cancelled), at));
        }
    }
}

/// Of the day, by the clock that the server's `timestamp` is from.
#[expect(clippy::disallowed_methods, reason = "the load generator has a clock of its own")]
fn clock_micros() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_micros()).unwrap_or_default() % DAY_MICROS
}

/// Of `2025-10-14T10:30:00.123Z`, without looking at the day.
fn micros_of_day(timestamp: &str) -> Option<u64> {
    let part = |from: usize, to: usize| timestamp.get(from..to)?.parse::<u64>().ok();
    let seconds = part(11, 13)? * 3_600 + part(14, 16)? * 60 + part(17, 19)?;
    Some(seconds * 1_000_000 + part(20, 23)? * 1_000)
}

#[cfg(test)]
mod tests {
    use super::{micros_of_day, ticket_key};

    #[test]
    fn a_timestamp_is_a_time_of_day() {
        assert_eq!(micros_of_day("2025-10-14T10:30:05.123Z"), Some(37_805_123_000));
        assert_eq!(micros_of_day("yesterday"), None);
    }

    #[test]
    fn a_ticket_is_known_by_the_chance_in_its_id() {
        assert_eq!(ticket_key("0199e1a0-0000-7abc-8123-456789abcdef"), 0x8123_4567_89ab_cdef);
    }
}
