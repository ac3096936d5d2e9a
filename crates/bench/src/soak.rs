//! Whether memory grows for as long as a server runs: viewers that stay, viewers that come and go,
//! sales all the time.
//!
//! A server that has just started has empty caches: the logs of its rooms (16 MiB at the most) and
//! the pages of its database fill, and that is no leak. So it is warmed up with the same load until
//! its memory has stopped growing. Only later growth is reported: as a ratio, and as the slope over
//! all rounds.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::company::Company;
use crate::crowd::{self, AT_ONCE};
use crate::figure::{Row, Unit, float};
use crate::process::{self, Process};
use crate::sellers::Sellers;
use crate::viewer::Sight;

pub(crate) struct Plan {
    pub(crate) staying: usize,
    /// Connects, each followed by its disconnect, spread over the time.
    pub(crate) visits: usize,
    pub(crate) time: Duration,
    /// After this the run goes on, warm or not.
    pub(crate) warm_up_max: Duration,
}

const ROUTES: usize = 50;
const SEATS: usize = 40;
const CLERKS: usize = 8;
const SALE_PERIOD: Duration = Duration::from_millis(40);

/// Looks at memory after the warm-up.
const ROUNDS: usize = 20;

/// Rounds without growth after which memory counts as stable.
const FLAT_ROUNDS: usize = 5;
/// The growth that counts as noise.
const FLAT: f64 = 1.01;

pub(crate) async fn run(seatwire: &Path, plan: &Plan) -> anyhow::Result<Row> {
    let server = Process::start(process::seatwire(seatwire, 0)?).await?;
    let company = Rc::new(Company::open(server.port, ROUTES, SEATS).await?);
    let staying = 0..plan.staying;
    crowd::gather(server.port, staying, AT_ONCE, &company.routes, |_| Unseen).await?;
    let start = server.rss_kib()?;
    let sellers = Sellers::start(&company, CLERKS, SALE_PERIOD);
    let mut visitors = Visitors { company: Rc::clone(&company), next: plan.staying };
    let round = (plan.visits.div_ceil(ROUNDS), plan.time.div_f64(float(ROUNDS)));

    let began = Instant::now();
    let mut warming = vec![f64::from(start)];
    while !is_flat(&warming) && began.elapsed() < plan.warm_up_max {
        visitors.come_and_go(round).await?;
        warming.push(f64::from(server.rss_kib()?));
    }
    let warmed_up = began.elapsed();

    let (began, sold) = (visitors.next, sellers.sold());
    let mut memory = warming.split_off(warming.len() - 1);
    for _ in 0..ROUNDS {
        visitors.come_and_go(round).await?;
        memory.push(f64::from(server.rss_kib()?));
    }
    let (visits, sold) = (visitors.next - began, sellers.sold() - sold);
    sellers.stop().await;
    server.kill().await?;

    let (warm, end) = (memory.first().copied(), memory.last().copied());
    let (warm, end) = (warm.unwrap_or_default(), end.unwrap_or_default());
    let mut row = Row::new("soak", "Seatwire");
    row.memory("cold", start);
    row.add("warm", warm / 1_024.0, Unit::Mib);
    row.add("end", end / 1_024.0, Unit::Mib);
    row.add("end / warm", end / warm, Unit::Times);
    row.add("growth per 1,000 visits", slope(&memory) * 1_000.0 / float(round.0), Unit::Kib);
    row.time("warm-up", warmed_up);
    row.count("visits", visits);
    row.count("sales", sold);
    Ok(row)
}

/// Whether memory has stopped growing: none of the last looks is above those before them.
fn is_flat(looks: &[f64]) -> bool {
    let Some(before) = looks.len().checked_sub(FLAT_ROUNDS) else { return false };
    let most = |looks: &[f64]| looks.iter().copied().reduce(f64::max);
    let (before, last) = looks.split_at(before);
    matches!((most(before), most(last)), (Some(before), Some(last)) if last <= before * FLAT)
}

/// How much more each look is than the one before it: the slope of the line with the least squares.
fn slope(looks: &[f64]) -> f64 {
    let middle = (float(looks.len()) - 1.0) / 2.0;
    let mean = looks.iter().sum::<f64>() / float(looks.len().max(1));
    let offsets = || (0..looks.len()).map(|index| float(index) - middle);
    let together: f64 = offsets().zip(looks).map(|(offset, look)| offset * (look - mean)).sum();
    together / offsets().map(|offset| offset * offset).sum::<f64>().max(f64::EPSILON)
}

/// The events of these viewers are not counted.
struct Unseen;

impl Sight for Unseen {
    fn packet(&mut self, _: &[u8], _: Instant) {}
}

/// Viewers that come and leave again.
struct Visitors {
    company: Rc<Company>,
    /// The number of the next one: the viewers that stay have the first numbers.
    next: usize,
}

impl Visitors {
    /// This many in this time, in groups at an even pace.
    async fn come_and_go(&mut self, (visits, time): (usize, Duration)) -> anyhow::Result<()> {
        let (start, first) = (Instant::now(), self.next);
        while self.next < first + visits {
            let group = self.next..(self.next + AT_ONCE).min(first + visits);
            self.next = group.end;
            let (port, routes) = (self.company.port, &self.company.routes);
            crowd::gather(port, group, AT_ONCE, routes, |_| Unseen).await?.leave();
            let due = time.mul_f64(float(self.next - first) / float(visits));
            tokio::time::sleep(due.saturating_sub(start.elapsed())).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{is_flat, slope};

    #[test]
    fn memory_is_flat_when_the_last_looks_are_not_above_the_others() {
        assert!(!is_flat(&[]));
        assert!(!is_flat(&[10.0, 10.0, 10.0, 10.0, 10.0]));
        assert!(is_flat(&[10.0, 10.0, 9.0, 10.0, 10.0, 10.05]));
        assert!(!is_flat(&[10.0, 10.0, 9.0, 11.0, 10.0, 10.0]));
    }

    #[test]
    fn a_slope_is_what_a_look_has_more_than_the_one_before() {
        assert!((slope(&[7.0, 10.0, 13.0]) - 3.0).abs() < 1e-9);
        assert!(slope(&[5.0, 7.0, 5.0]).abs() < 1e-9);
        assert!(slope(&[5.0]).abs() < 1e-9 && slope(&[]).abs() < 1e-9);
    }
}
