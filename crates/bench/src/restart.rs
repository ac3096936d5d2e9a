//! The server is killed under all its viewers while bookings go on, and started again on the same
//! port and database: how long until everybody is back and knows everything, and what was missed.
//!
//! A viewer comes back by itself: exponential backoff with jitter, and `since` the last event that it
//! saw. It counts as back when it has the head of its route as it stood once the server listened
//! again. At the end sales stop, and every viewer has to stand at its route's last event.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use tokio::task::JoinSet;

use crate::company::Company;
use crate::crowd::PATIENCE;
use crate::figure::Row;
use crate::json::number_behind;
use crate::process::{self, Process};
use crate::sellers::Sellers;
use crate::viewer::{self, Sight, Viewer};

pub(crate) struct Plan {
    pub(crate) viewers: usize,
    pub(crate) routes: usize,
    /// How long sales go on before the server is killed, and after all are back.
    pub(crate) calm: Duration,
}

const SEATS: usize = 40;
const CLERKS: usize = 8;
const SALE_PERIOD: Duration = Duration::from_millis(40);

const BACKOFF_FIRST: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// A connection and subscription that take longer are given up and tried again.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// How often the crowd is looked over.
const LOOK: Duration = Duration::from_millis(5);

pub(crate) async fn run(seatwire: &Path, plan: &Plan) -> anyhow::Result<Row> {
    let server = Process::start(process::seatwire(seatwire, 0)?).await?;
    let (port, folder) = (server.port, server.folder());
    let company = Rc::new(Company::open(port, plan.routes, SEATS).await?);
    let crowd = Rc::new(Crowd::new(plan.viewers, plan.routes));
    let mut watching = JoinSet::new();
    for index in 0..plan.viewers {
        watching.spawn_local(come_back(index, port, Rc::clone(&company), Rc::clone(&crowd)));
    }
    let nothing = vec![0; plan.routes];
    crowd.wait_until(|crowd| crowd.is_back(&nothing)).await?;
    let sellers = Sellers::start(&company, CLERKS, SALE_PERIOD);
    tokio::time::sleep(plan.calm).await;

    let killed = Instant::now();
    server.kill().await?;
    let server = Process::start_in(process::seatwire(seatwire, port)?, folder).await?;
    let listening = killed.elapsed();
    let heads = company.heads().await?;
    crowd.wait_until(|crowd| crowd.is_back(&heads)).await?;
    let all_back = killed.elapsed();

    tokio::time::sleep(plan.calm).await;
    let sold = sellers.sold();
    sellers.stop().await;
    let heads = company.heads().await?;
    crowd.wait_until(|crowd| crowd.is_at(&heads)).await?;
    watching.abort_all();
    server.kill().await?;

    let mut row = Row::new("restart", "Seatwire");
    row.time("listening again", listening);
    row.time("all back", all_back);
    row.count("missed", crowd.missed.get());
    row.count("doubled", crowd.doubled.get());
    row.count("snapshots", crowd.snapshots.get());
    row.count("tries to come back", crowd.attempts.get() - plan.viewers);
    row.count("sales", sold);
    Ok(row)
}

/// All viewers: who is connected, and the last event that each has seen.
struct Crowd {
    routes: usize,
    connected: RefCell<Vec<bool>>,
    last: RefCell<Vec<u64>>,
    missed: Cell<usize>,
    doubled: Cell<usize>,
    snapshots: Cell<usize>,
    attempts: Cell<usize>,
}

impl Crowd {
    fn new(viewers: usize, routes: usize) -> Self {
        Self {
            routes,
            connected: RefCell::new(vec![false; viewers]),
            last: RefCell::new(vec![0; viewers]),
            missed: Cell::default(),
            doubled: Cell::default(),
            snapshots: Cell::default(),
            attempts: Cell::default(),
        }
    }

    /// Everybody is connected and has at least these events of its route.
    fn is_back(&self, heads: &[u64]) -> bool {
        self.connected.borrow().iter().all(|connected| *connected)
            && self.each(heads, |last, head| last >= head)
    }

    fn is_at(&self, heads: &[u64]) -> bool {
        self.each(heads, |last, head| last == head)
    }

    fn each(&self, heads: &[u64], fits: impl Fn(u64, u64) -> bool) -> bool {
        let last = self.last.borrow();
        let mut viewers = last.iter().zip((0..self.routes).cycle());
        viewers.all(|(last, route)| heads.get(route).is_some_and(|head| fits(*last, *head)))
    }

    async fn wait_until(&self, is_so: impl Fn(&Self) -> bool) -> anyhow::Result<()> {
        let start = Instant::now();
        while !is_so(self) {
            let connected = self.connected.borrow().iter().filter(|is| **is).count();
            ensure!(
                start.elapsed() < PATIENCE,
                "only {connected} are connected, or some are behind"
            );
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    fn set_connected(&self, index: usize, is: bool) {
        if let Some(connected) = self.connected.borrow_mut().get_mut(index) {
            *connected = is;
        }
    }

    fn last(&self, index: usize) -> u64 {
        self.last.borrow().get(index).copied().unwrap_or_default()
    }

    fn set_last(&self, index: usize, seq: u64) {
        if let Some(last) = self.last.borrow_mut().get_mut(index) {
            *last = seq;
        }
    }
}

/// One viewer for ever.
async fn come_back(index: usize, port: u16, company: Rc<Company>, crowd: Rc<Crowd>) {
    let mut backoff = BACKOFF_FIRST;
    let route = company.routes.get(index % crowd.routes).map_or("", String::as_str);
    loop {
        // Not everybody at the same moment: from half of it to the whole.
        tokio::time::sleep(backoff.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
        crowd.attempts.set(crowd.attempts.get() + 1);
        let joining = async {
            let stream = viewer::connect(index, port).await?;
            Viewer::join(stream, route, Some(crowd.last(index))).await
        };
        let Ok(Ok(viewer)) = tokio::time::timeout(ATTEMPT_TIMEOUT, joining).await else {
            backoff = (backoff * 2).min(BACKOFF_MAX);
            continue;
        };
        backoff = BACKOFF_FIRST;
        crowd.set_connected(index, true);
        viewer.watch(&mut Following { index, crowd: Rc::clone(&crowd) }).await;
        crowd.set_connected(index, false);
    }
}

struct Following {
    index: usize,
    crowd: Rc<Crowd>,
}

impl Sight for Following {
    fn packet(&mut self, packet: &[u8], _: Instant) {
        let Some(seq) = number_behind(packet, br#""seq":"#) else { return };
        let (crowd, last) = (&self.crowd, self.crowd.last(self.index));
        let add = |count: &Cell<usize>, more: u64| {
            count.set(count.get() + usize::try_from(more).unwrap_or(usize::MAX));
        };
        if packet.starts_with(br#"42/seats,["seat_snapshot""#) {
            add(&crowd.snapshots, 1);
        } else if seq > last {
            add(&crowd.missed, seq - last - 1);
        } else {
            add(&crowd.doubled, 1);
            return;
        }
        crowd.set_last(self.index, seq);
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::time::Instant;

    use super::{Crowd, Following};
    use crate::viewer::Sight as _;

    fn seen(packets: &[&str]) -> (u64, [usize; 3]) {
        let crowd = Rc::new(Crowd::new(1, 1));
        let mut following = Following { index: 0, crowd: Rc::clone(&crowd) };
        for packet in packets {
            following.packet(packet.as_bytes(), Instant::now());
        }
        (crowd.last(0), [crowd.missed.get(), crowd.doubled.get(), crowd.snapshots.get()])
    }

    #[test]
    fn what_is_missed_or_comes_twice_is_counted() {
        let one = r#"42/seats,["seat_update",{"seq":1}]"#;
        let two = r#"42/seats,["seat_update",{"seq":2}]"#;
        let five = r#"42/seats,["seat_update",{"seq":5}]"#;
        let snapshot = r#"42/seats,["seat_snapshot",{"seq":4}]"#;
        assert_eq!(seen(&[one, two]), (2, [0, 0, 0]));
        assert_eq!(seen(&[one, five]), (5, [3, 0, 0]));
        assert_eq!(seen(&[one, two, one]), (2, [0, 1, 0]));
        assert_eq!(seen(&[one, snapshot, five]), (5, [0, 0, 1]));
    }
}
