//! The other departures during an opening: their sales and their viewers, in a thread of their own.
//! In the thread that reads for fifteen thousand viewers, they would wait for that thread, and not
//! for the server.

use std::ops::Range;
use std::rc::Rc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use tokio::sync::oneshot;
use tokio::task::LocalSet;

use super::plan::{Plan, SEATS};
use crate::company::Company;
use crate::crowd::{self, AT_ONCE};
use crate::lateness::{Lateness, Watching};
use crate::trading::Trading;

/// They wait for the signal to trade on.
pub(super) struct Neighbours {
    go: oneshot::Sender<()>,
    working: JoinHandle<anyhow::Result<Duration>>,
}

/// They trade while the departure opens.
pub(super) struct Meanwhile(JoinHandle<anyhow::Result<Duration>>);

impl Neighbours {
    /// Also returns the p99 of their viewers while nothing opens.
    pub(super) async fn settle(company: Company, plan: &Plan) -> anyhow::Result<(Self, Duration)> {
        let (told, quiet) = oneshot::channel();
        let (go, opens) = oneshot::channel();
        let viewers = plan.viewers..plan.viewers + plan.others_viewers;
        let (pace, events) = (plan.events_per_second, plan.events_per_second * plan.seconds);
        let living = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            LocalSet::new().block_on(&runtime, async {
                let mut town = Town::found(company, viewers, pace).await?;
                // In the first sales everything is cold.
                town.p99(events).await?;
                told.send(town.p99(events).await?).map_err(|_| anyhow!("nobody asks"))?;
                opens.await?;
                town.p99(events).await
            })
        };
        let working = std::thread::Builder::new().name("neighbours".into()).spawn(living)?;
        Ok((Self { go, working }, quiet.await.context("the neighbours failed")?))
    }

    pub(super) fn trade_on(self) -> Meanwhile {
        // If they are gone, their result says why.
        let _ = self.go.send(());
        Meanwhile(self.working)
    }
}

impl Meanwhile {
    /// The p99 of their viewers since they traded on.
    pub(super) async fn p99(self) -> anyhow::Result<Duration> {
        let joined = tokio::task::spawn_blocking(move || self.0.join()).await?;
        joined.map_err(|_| anyhow!("the neighbours panicked"))?
    }
}

struct Town {
    trading: Trading,
    lateness: Rc<Lateness>,
    viewers: usize,
}

impl Town {
    async fn found(company: Company, viewers: Range<usize>, pace: usize) -> anyhow::Result<Self> {
        let company = Rc::new(company);
        let lateness = Rc::new(Lateness::new()?);
        let watching = Rc::clone(&lateness);
        let sight = move |_| Watching(Rc::clone(&watching));
        let count = viewers.len();
        crowd::gather(company.port, viewers, AT_ONCE, &company.routes, sight).await?;
        let trading = Trading::new(&company, SEATS, pace);
        Ok(Self { trading, lateness, viewers: count })
    }

    /// From the timestamp of an event until a viewer has it.
    async fn p99(&mut self, events: usize) -> anyhow::Result<Duration> {
        let traded = self.trading.trade(events).await?;
        let routes = traded.events.len();
        let of = |route: usize| (self.viewers + routes - 1 - route) / routes;
        let each = traded.events.iter().enumerate().map(|(route, events)| events * of(route));
        Ok(self.lateness.take(each.sum()).await?.at_most(0.99))
    }
}
