//! The opening of a holiday's sale: one departure goes on sale, thousands watch it, and many more
//! buyers than seats want one.
//!
//! The buyers are guests, each from an address of their own. Each asks for a seat that the live map
//! shows as free, and for another one when another buyer was faster, until they have one or the map
//! is full. Other departures are sold at an even pace, once before and once during the opening, to
//! see what these notice of it ([`neighbours`]).

mod neighbours;
mod plan;

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;

use crate::address;
use crate::company::{Company, log_in};
use crate::crowd::{self, AT_ONCE};
use crate::figure::{Row, Unit, float};
use crate::keep_alive::{KeepAlive, ask, request};
use crate::patience::PATIENCE;
use crate::process::{self, Process};
use crate::seat_map::Update;
use crate::viewer::Sight;
use neighbours::Neighbours;
pub(crate) use plan::Plan;
use plan::SEATS;

const SEAT_UPDATE: &[u8] = br#"42/seats,["seat_update","#;

/// How often to check whether all have everything.
const LOOK: Duration = Duration::from_millis(2);

pub(crate) async fn run(seatwire: &Path, plan: &Plan) -> anyhow::Result<Row> {
    let server = Process::start(process::seatwire(seatwire, 0)?).await?;
    let mut company = Company::open(server.port, plan.others + 1, SEATS).await?;
    let hot = company.routes.remove(0);
    let admin = log_in(server.port, "admin@seatwire.example", "admin-demo-1").await?;
    put_on_sale(server.port, &admin, &hot, false).await?;

    let crowd = Rc::new(Crowd::new(plan.viewers));
    let seeing = Rc::clone(&crowd);
    let sight = move |index| Seeing { index, crowd: Rc::clone(&seeing) };
    let routes = [hot.clone()];
    crowd::gather(server.port, 0..plan.viewers, AT_ONCE, &routes, sight).await?;
    let buyers = Buyers::come(server.port, &hot, plan.buyers).await?;
    let (neighbours, quiet) = Neighbours::settle(company, plan).await?;

    let neighbours = neighbours.trade_on();
    let start = Instant::now();
    put_on_sale(server.port, &admin, &hot, true).await?;
    let bought = buyers.buy(&crowd, start).await?;
    let all_know = crowd.wait_for(&bought, start).await?;
    let meanwhile = neighbours.p99().await?;
    let wrong_maps = crowd.wrong_maps(&truth(server.port, &hot).await?);
    server.kill().await?;

    let mut row = Row::new("opening", "Seatwire");
    row.count("seats", SEATS);
    row.time("sold out", bought.sold_out);
    row.time("all viewers know", all_know);
    row.count("requests", bought.requests);
    row.count("too late", bought.refused);
    row.count("sold twice", bought.twice);
    row.count("failed", bought.failed);
    row.count("missed", crowd.missed.get());
    row.count("doubled", crowd.doubled.get());
    row.count("wrong maps", wrong_maps);
    row.time("others' p99, before", quiet);
    row.time("others' p99, meanwhile", meanwhile);
    let ratio = meanwhile.as_secs_f64() / quiet.as_secs_f64().max(f64::EPSILON);
    row.add("meanwhile / before", ratio, Unit::Times);
    row.add(
        "requests a second",
        float(bought.requests) / bought.lasted.as_secs_f64(),
        Unit::PerSecond,
    );
    Ok(row)
}

async fn put_on_sale(port: u16, admin: &str, route: &str, is: bool) -> anyhow::Result<()> {
    let change = json!({"isActive": is});
    ask(port, &request("PATCH", &format!("/routes/{route}"), Some(admin), Some(&change))).await?;
    Ok(())
}

/// The seats that are taken by the server's own answer, and the number of the last event.
async fn truth(port: u16, route: &str) -> anyhow::Result<(u64, u64)> {
    let route = ask(port, &request("GET", &format!("/routes/{route}"), None, None)).await?;
    let taken = route["tickets"].as_array().into_iter().flatten();
    let seats = taken.filter_map(|ticket| bit(ticket["seatNumber"].as_u64()?));
    let seq = route["seq"].as_u64().context("a route without seq")?;
    Ok((seats.fold(0, |map, seat| map | seat), seq))
}

fn bit(seat: u64) -> Option<u64> {
    1_u64.checked_shl(u32::try_from(seat.checked_sub(1)?).ok()?)
}

/// What all viewers of the departure have seen: the last event, and which seats are taken.
struct Crowd {
    seen: RefCell<Vec<(u64, u64)>>,
    missed: Cell<usize>,
    doubled: Cell<usize>,
}

impl Crowd {
    fn new(viewers: usize) -> Self {
        let seen = RefCell::new(vec![(0, 0); viewers]);
        Self { seen, missed: Cell::new(0), doubled: Cell::new(0) }
    }

    /// The free seats as one of them sees them.
    fn free_seats(&self, viewer: usize) -> Vec<usize> {
        let seen = self.seen.borrow();
        let taken = seen.get(viewer % seen.len().max(1)).map_or(0, |seen| seen.1);
        (0..SEATS).filter(|seat| taken >> seat & 1 == 0).collect()
    }

    /// Waits until all have seen every seat taken.
    async fn wait_for(&self, bought: &Bought, start: Instant) -> anyhow::Result<Duration> {
        let seats = u64::try_from(bought.seats)?;
        while !self.seen.borrow().iter().all(|(last, _)| *last >= seats) {
            ensure!(start.elapsed() < PATIENCE, "some viewers do not know everything");
            tokio::time::sleep(LOOK).await;
        }
        Ok(start.elapsed())
    }

    fn wrong_maps(&self, (taken, seq): &(u64, u64)) -> usize {
        self.seen.borrow().iter().filter(|seen| **seen != (*seq, *taken)).count()
    }
}

struct Seeing {
    index: usize,
    crowd: Rc<Crowd>,
}

impl Sight for Seeing {
    fn packet(&mut self, packet: &[u8], _: Instant) {
        let Some(update) = packet.strip_prefix(SEAT_UPDATE).and_then(Update::picked) else {
            return;
        };
        let mut seen = self.crowd.seen.borrow_mut();
        let Some((last, taken)) = seen.get_mut(self.index) else { return };
        if update.seq <= *last {
            self.crowd.doubled.set(self.crowd.doubled.get() + 1);
            return;
        }
        let missed = usize::try_from(update.seq - *last - 1).unwrap_or(usize::MAX);
        self.crowd.missed.set(self.crowd.missed.get() + missed);
        *last = update.seq;
        // No seat is given back in an opening.
        *taken |= bit(update.seat_number.try_into().unwrap_or(0)).unwrap_or(0);
    }
}

/// Buyers who wait for the opening, each with a connection.
struct Buyers {
    route: String,
    connections: Vec<KeepAlive>,
}

/// The results of the buyers.
#[derive(Default)]
struct Bought {
    /// From the opening to the answer that sold the last seat.
    sold_out: Duration,
    /// To the answer of the last buyer.
    lasted: Duration,
    seats: usize,
    requests: usize,
    refused: usize,
    twice: usize,
    failed: usize,
}

impl Buyers {
    async fn come(port: u16, route: &str, buyers: usize) -> anyhow::Result<Self> {
        let mut connections = Vec::with_capacity(buyers);
        for index in 0..buyers {
            let socket = TcpSocket::new_v4()?;
            socket.bind(address::alone(index))?;
            let stream = socket.connect(([127, 0, 0, 1], port).into()).await?;
            stream.set_nodelay(true)?;
            connections.push(KeepAlive::over(stream));
        }
        Ok(Self { route: route.to_owned(), connections })
    }

    async fn buy(self, crowd: &Rc<Crowd>, start: Instant) -> anyhow::Result<Bought> {
        let bought = Rc::new(RefCell::new(Bought::default()));
        let owners = Rc::new(RefCell::new(vec![0_usize; SEATS]));
        let mut buying = JoinSet::new();
        for (index, mut connection) in self.connections.into_iter().enumerate() {
            let (crowd, bought, owners) =
                (Rc::clone(crowd), Rc::clone(&bought), Rc::clone(&owners));
            let route = self.route.clone();
            buying.spawn_local(async move {
                while let Some(seat) = fastrand::choice(crowd.free_seats(index)) {
                    let answer = connection.exchange(&wish(&route, seat, index)).await?;
                    let mut bought = bought.borrow_mut();
                    bought.requests += 1;
                    match answer.status {
                        201 => {
                            bought.seats += 1;
                            bought.sold_out = start.elapsed();
                            if let Some(owners) = owners.borrow_mut().get_mut(seat) {
                                *owners += 1;
                            }
                            break;
                        }
                        409 => bought.refused += 1,
                        _ => {
                            bought.failed += 1;
                            break;
                        }
                    }
                }
                anyhow::Ok(())
            });
        }
        while let Some(done) = buying.join_next().await {
            done??;
        }
        let mut bought = bought.take();
        bought.lasted = start.elapsed();
        bought.twice = owners.borrow().iter().filter(|owners| **owners > 1).count();
        ensure!(bought.seats >= SEATS, "{} of {SEATS} seats are sold", bought.seats);
        Ok(bought)
    }
}

/// A guest's request for one seat of the whole way.
fn wish(route: &str, seat: usize, buyer: usize) -> Vec<u8> {
    let passenger: Value =
        json!({"gender": "OTHER", "passengerName": "A Passenger", "seatNumber": seat + 1});
    let journey = json!({
        "routeId": route, "fromCity": "Istanbul", "toCity": "Ankara", "passengers": [passenger],
    });
    let phone = format!("532{:07}", 1_000_000 + buyer);
    let body = json!({"journeys": [journey], "contact": {"name": "A Guest", "phone": phone}});
    request("POST", "/bookings", None, Some(&body))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::time::Instant;

    use super::{Crowd, Seeing};
    use crate::viewer::Sight as _;

    fn packet(seat: usize, seq: u64) -> String {
        format!(
            r#"42/seats,["seat_update",{{"routeId":"r","seatNumber":{seat},"eventType":"seat_reserved",
            "ticketId":"t","fromStopIndex":0,"toStopIndex":3,"seq":{seq}}}]"#
        )
    }

    #[test]
    fn a_viewer_that_lacks_a_seat_has_a_wrong_map() {
        let crowd = Rc::new(Crowd::new(2));
        for (index, seats) in [(0, &[(1, 1), (3, 2)][..]), (1, &[(1, 1), (1, 1), (2, 3)])] {
            let mut seeing = Seeing { index, crowd: Rc::clone(&crowd) };
            for (seat, seq) in seats {
                seeing.packet(packet(*seat, *seq).as_bytes(), Instant::now());
            }
        }
        assert_eq!((crowd.missed.get(), crowd.doubled.get()), (1, 1));
        assert_eq!(crowd.wrong_maps(&(0b101, 2)), 1);
        assert_eq!(crowd.free_seats(0)[..2], [1, 3]);
    }
}
