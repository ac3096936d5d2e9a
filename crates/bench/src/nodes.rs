//! One server, and several on one database: durable bookings over many routes and on one hot route,
//! and how soon viewers of the selling server, and of another one, have the event.
//!
//! For comparison in the same run: the rows of the same bookings written again by PostgreSQL itself
//! ([`bare_postgres`]), in groups and in a transaction each.

mod servers;

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::bare_postgres::{self, Aside};
use crate::book::made::Made;
use crate::company::{Company, LEGS};
use crate::crowd::{self, AT_ONCE};
use crate::figure::{Row, Unit};
use crate::lateness::{Lateness, Watching};
use crate::process::Process;
use crate::trading::Trading;
use servers::{FanOut, Servers};

pub(crate) struct Plan {
    pub(crate) seatwire: PathBuf,
    /// Over [`ROUTES`].
    pub(crate) bookings: usize,
    /// On one route after the other.
    pub(crate) hot_bookings: usize,
    pub(crate) clients: usize,
    /// Of each server.
    pub(crate) viewers: usize,
    pub(crate) events_per_second: usize,
    pub(crate) seconds: usize,
}

const ROUTES: usize = 200;
const SEATS: usize = 100;

/// Bookings of one leg that a hot route takes.
const HOT_EACH: usize = SEATS * LEGS;

/// Routes that are watched while they are sold.
const WATCHED: usize = 50;

#[derive(Clone, Copy)]
enum Sale {
    /// Whole journeys on many routes by turns.
    Spread,
    /// Single legs of one route until it is full, then of the next.
    Hot,
}

/// The figures of some servers.
struct Found {
    spread: Made,
    hot: Made,
    /// p99 from the event's time, of viewers of the server that sold and of another one.
    same: Duration,
    other: Option<Duration>,
}

/// The speed of PostgreSQL alone, in bookings a second: in groups, and in a transaction each.
#[derive(Clone, Copy)]
struct Bare {
    groups: f64,
    one_by_one: f64,
}

pub(crate) async fn run(plan: &Plan) -> anyhow::Result<Vec<Row>> {
    ensure!(plan.bookings <= ROUTES * SEATS, "at most {} bookings", ROUTES * SEATS);
    let found = plan.measure(&Servers::on_sqlite(&plan.seatwire).await?).await?;
    let mut rows = vec![found.row("SQLite", None)];
    let server = servers::postgres()?;
    let postgres = &server.url();
    let bare = [plan.bare(postgres, Sale::Spread).await?, plan.bare(postgres, Sale::Hot).await?];
    rows.extend(bare_rows(bare));
    for (name, count, fan_out) in [
        ("PostgreSQL, 1", 1, FanOut::Notify),
        ("PostgreSQL, 2", 2, FanOut::Notify),
        ("PostgreSQL, 3", 3, FanOut::Notify),
        ("PostgreSQL and Redis, 2", 2, FanOut::Redis),
        ("PostgreSQL and Redis, 3", 3, FanOut::Redis),
    ] {
        let servers = Servers::start(&plan.seatwire, postgres, count, fan_out).await?;
        rows.push(plan.measure(&servers).await?.row(name, Some(bare)));
        if let Some(database) = servers.end().await? {
            database.remove().await?;
        }
    }
    Ok(rows)
}

impl Plan {
    fn hot_routes(&self) -> usize {
        self.hot_bookings.div_ceil(HOT_EACH)
    }

    async fn measure(&self, servers: &Servers) -> anyhow::Result<Found> {
        let sold_out = ROUTES + self.hot_routes();
        let company = Company::open(servers.first()?.port, sold_out + WATCHED, SEATS).await?;
        let company = Rc::new(company);
        let spread = self.sell(servers, &company, Sale::Spread).await?;
        let hot = self.sell(servers, &company, Sale::Hot).await?;
        let watched = company.only(sold_out..sold_out + WATCHED);
        let (same, other) = self.watch(servers, &Rc::new(watched)).await?;
        Ok(Found { spread, hot, same, other })
    }

    /// By clients of all servers.
    async fn sell(
        &self,
        servers: &Servers,
        company: &Rc<Company>,
        sale: Sale,
    ) -> anyhow::Result<Made> {
        let company = Rc::clone(company);
        let request = move |index: usize| match sale {
            Sale::Spread => company.booking(&company.customer, index % ROUTES, index / ROUTES),
            Sale::Hot => {
                let of_route = index % HOT_EACH;
                let (route, seat) = (ROUTES + index / HOT_EACH, of_route / LEGS);
                company.leg(&company.customer, route, seat, of_route % LEGS)
            }
        };
        let processes: Vec<&Process> = servers.all().collect();
        Made::measure(&processes, self.bookings_of(sale), self.clients, request).await
    }

    fn bookings_of(&self, sale: Sale) -> usize {
        match sale {
            Sale::Spread => self.bookings,
            Sale::Hot => self.hot_bookings,
        }
    }

    /// A server sells, and is ended; then PostgreSQL alone writes the same rows.
    async fn bare(&self, postgres: &str, sale: Sale) -> anyhow::Result<Bare> {
        let servers = Servers::start(&self.seatwire, postgres, 1, FanOut::Notify).await?;
        let routes = ROUTES + self.hot_routes();
        let company = Rc::new(Company::open(servers.first()?.port, routes, SEATS).await?);
        bare_postgres::remember(servers.database()?).await?;
        self.sell(&servers, &company, sale).await?;
        let database = servers.end().await?.context("no database")?;
        let aside = Aside::put(&database, self.bookings_of(sale)).await?;
        let bare = Bare { groups: aside.in_groups().await?, one_by_one: aside.one_by_one().await? };
        database.remove().await?;
        Ok(bare)
    }

    /// The first server sells while all are watched.
    async fn watch(
        &self,
        servers: &Servers,
        company: &Rc<Company>,
    ) -> anyhow::Result<(Duration, Option<Duration>)> {
        let mut seen = Vec::new();
        for (number, server) in servers.all().enumerate() {
            let lateness = Rc::new(Lateness::new()?);
            let watching = Rc::clone(&lateness);
            let sight = move |_| Watching(Rc::clone(&watching));
            let first = number * self.viewers;
            crowd::gather(
                server.port,
                first..first + self.viewers,
                AT_ONCE,
                &company.routes,
                sight,
            )
            .await?;
            seen.push(lateness);
        }
        let events = self.events_per_second * self.seconds;
        let traded = Trading::new(company, SEATS, self.events_per_second).trade(events).await?;
        let mut others = Vec::new();
        let mut same = Duration::ZERO;
        for (number, lateness) in seen.iter().enumerate() {
            let first = number * self.viewers;
            let of_route = |route: usize| {
                (first..first + self.viewers).filter(|viewer| viewer % WATCHED == route).count()
            };
            let each = traded.events.iter().enumerate();
            let expected = each.map(|(route, events)| events * of_route(route)).sum();
            let late = lateness.take(expected).await?.at_most(0.99);
            if number == 0 { same = late } else { others.push(late) }
        }
        Ok((same, others.into_iter().max()))
    }
}

impl Found {
    fn row(self, name: &'static str, bare: Option<[Bare; 2]>) -> Row {
        let mut row = Row::new("nodes", name);
        row.add("bookings", self.spread.rate(), Unit::PerSecond);
        if let Some([spread, _]) = bare {
            row.add("of bare groups", self.spread.rate() / spread.groups, Unit::Times);
        }
        row.time("p99 of a booking", self.spread.slowest(0.99));
        row.add("servers' share of the core", self.spread.server_share(), Unit::Percent);
        row.add("client's core", self.spread.client_share(), Unit::Percent);
        row.add("on a hot route", self.hot.rate(), Unit::PerSecond);
        if let Some([_, hot]) = bare {
            row.add("of bare one by one", self.hot.rate() / hot.one_by_one, Unit::Times);
        }
        row.time("told, same server, p99", self.same);
        if let Some(other) = self.other {
            row.time("told, other server, p99", other);
        }
        row
    }
}

fn bare_rows([spread, hot]: [Bare; 2]) -> [Row; 2] {
    let row = |name, spread, hot| {
        let mut row = Row::new("nodes", name);
        row.add("bookings", spread, Unit::PerSecond);
        row.add("on a hot route", hot, Unit::PerSecond);
        row
    };
    [
        row("bare groups", spread.groups, hot.groups),
        row("bare, one by one", spread.one_by_one, hot.one_by_one),
    ]
}
