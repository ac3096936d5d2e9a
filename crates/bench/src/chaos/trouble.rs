//! The trouble of a run: what breaks, and when, drawn from the seed.
//!
//! Faults come from a shuffled deck, so that a short run has some of each kind and a long one all.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::database::Database;
use super::http::{Ask, ask};
use super::npm::Npm;
use super::proxy::{Mischief, Proxy};
use super::victim::Victim;
use super::viewer::{Order, Viewer};
use super::world::World;

/// Time between two faults, in milliseconds.
const QUIET_MS: std::ops::Range<u64> = 100..1_600;

/// Starts of a server whose database is disturbed, until it is believed to be broken.
const STARTS_MAX: u32 = 10;

/// How long the server's own counts may be waited for before it is killed.
const STATS_TIMEOUT: Duration = Duration::from_millis(150);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Kill,
    /// Killed while it starts, and again right after.
    KillAtBirth,
    /// Killed again while everybody is coming back.
    KillInStorm,
    TwoKills,
    Pause,
    PauseThenKill,
    CutAll,
    CutSome,
    CutStock,
    Network,
    /// On one server's way to its database.
    DatabaseNetwork,
    /// The database is ended at once, and started again.
    DatabaseRestart,
}

const DECK: [(Fault, usize); 10] = [
    (Fault::Kill, 5),
    (Fault::KillAtBirth, 1),
    (Fault::KillInStorm, 2),
    (Fault::TwoKills, 1),
    (Fault::Pause, 2),
    (Fault::PauseThenKill, 1),
    (Fault::CutAll, 1),
    (Fault::CutSome, 2),
    (Fault::CutStock, 2),
    (Fault::Network, 4),
];

/// As well, where several servers share a database.
const DECK_OF_SEVERAL: [(Fault, usize); 2] =
    [(Fault::DatabaseNetwork, 6), (Fault::DatabaseRestart, 1)];

/// What the server counted of clients that came back, over all its lives.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Recovery {
    pub(crate) recovered: u64,
    pub(crate) unknown: u64,
    pub(crate) foreign: u64,
    pub(crate) unrestorable: u64,
}

pub(crate) struct Trouble {
    pub(crate) victim: Victim,
    /// Shared by several servers.
    pub(crate) database: Option<Database>,
    /// Where whoever is alive answers.
    pub(crate) port: u16,
    pub(crate) proxy: Rc<Proxy>,
    pub(crate) viewers: Vec<Rc<Viewer>>,
    pub(crate) npm: Npm,
    pub(crate) world: Rc<World>,
    pub(crate) dice: fastrand::Rng,
    /// Somebody who may read the server's counts.
    pub(crate) admin: String,
    pub(crate) past: Recovery,
}

impl Trouble {
    /// Makes trouble until then, and leaves everything mended.
    pub(crate) async fn make(&mut self, until: Instant) -> anyhow::Result<()> {
        let mut deck = Vec::new();
        while Instant::now() < until {
            let quiet = self.dice.u64(QUIET_MS);
            sleep(Duration::from_millis(quiet)).await;
            if deck.is_empty() {
                let of_several: &[_] = if self.database.is_some() { &DECK_OF_SEVERAL } else { &[] };
                let faults = DECK.iter().chain(of_several);
                deck = faults.flat_map(|(fault, count)| vec![*fault; *count]).collect();
                self.dice.shuffle(&mut deck);
            }
            let Some(fault) = deck.pop() else { continue };
            self.world.say(&format!("{fault:?}"));
            self.victim.choose(&mut self.dice);
            self.happens(fault).await?;
            if self.victim.has_died() {
                self.world.differs(format!("the server ended by itself:\n{}", self.victim.log()));
                self.restart().await?;
            }
        }
        self.proxy.heal();
        self.victim.heal();
        Ok(())
    }

    async fn happens(&mut self, fault: Fault) -> anyhow::Result<()> {
        match fault {
            Fault::Kill => {
                self.kill().await?;
                self.stay_away().await;
                self.restart().await?;
            }
            Fault::KillAtBirth => {
                self.kill().await?;
                self.victim.spawn()?;
                self.wait(0..60).await;
                self.kill_unasked().await?;
                self.restart().await?;
                self.wait(0..50).await;
                self.kill_unasked().await?;
                self.restart().await?;
            }
            Fault::KillInStorm => {
                self.kill().await?;
                self.wait(300..1_500).await;
                self.restart().await?;
                self.wait(30..900).await;
                self.kill().await?;
                self.restart().await?;
            }
            Fault::TwoKills => {
                self.kill().await?;
                self.restart().await?;
                self.wait(100..400).await;
                self.kill().await?;
                self.stay_away().await;
                self.restart().await?;
            }
            Fault::Pause => {
                self.pause(200..3_000).await?;
                self.victim.go_on()?;
            }
            Fault::PauseThenKill => {
                self.pause(1_000..3_000).await?;
                self.kill_unasked().await?;
                self.restart().await?;
            }
            Fault::CutAll => self.cut(100).await?,
            Fault::CutSome => {
                let percent = self.dice.u8(5..40);
                self.cut(percent).await?;
            }
            Fault::CutStock => {
                let seed = self.dice.u32(..);
                self.npm.cut(60, seed).await?;
            }
            Fault::Network => {
                let percent = self.dice.u8(20..100);
                let what = (self.dice.u8(..3) == 0).then(|| Mischief::draw(&mut self.dice));
                let disturbed = self.proxy.disturb(&mut self.dice, percent, what);
                self.world.tally.cuts.add(disturbed);
            }
            Fault::DatabaseNetwork => {
                let percent = self.dice.u8(20..=100);
                let what = (self.dice.bool()).then(|| Mischief::draw(&mut self.dice));
                if let Some(way) = self.victim.way_to_database() {
                    let disturbed = way.disturb(&mut self.dice, percent, what);
                    self.world.tally.database_cuts.add(disturbed);
                }
            }
            Fault::DatabaseRestart => {
                if let Some(database) = &self.database
                    && database.restart().await?
                {
                    self.world.tally.database_restarts.add(1);
                }
            }
        }
        Ok(())
    }

    async fn cut(&mut self, percent: u8) -> anyhow::Result<()> {
        for viewer in &self.viewers {
            if self.dice.u8(..100) < percent && viewer.is_connected() {
                viewer.order(Order::Cut);
                self.world.tally.cuts.add(1);
            }
        }
        let seed = self.dice.u32(..);
        self.npm.cut(percent, seed).await
    }

    async fn pause(&mut self, ms: std::ops::Range<u64>) -> anyhow::Result<()> {
        self.victim.pause()?;
        self.world.tally.pauses.add(1);
        self.wait(ms).await;
        Ok(())
    }

    /// Kills it when it has said what it counted.
    async fn kill(&mut self) -> anyhow::Result<()> {
        if let Ok(Ok(recovery)) = tokio::time::timeout(STATS_TIMEOUT, self.recovery()).await {
            self.past = recovery;
        }
        self.kill_unasked().await
    }

    async fn kill_unasked(&mut self) -> anyhow::Result<()> {
        self.victim.kill().await?;
        self.world.tally.kills.add(1);
        Ok(())
    }

    async fn restart(&mut self) -> anyhow::Result<()> {
        let tries = if self.database.is_some() { STARTS_MAX } else { 1 };
        for _ in 1..tries {
            self.victim.spawn()?;
            // It ends at once if its database cannot be reached in that moment; whoever looks after it
            // starts it again.
            if self.victim.listening().await.is_ok() {
                return Ok(());
            }
        }
        self.victim.spawn()?;
        self.victim.listening().await?;
        Ok(())
    }

    /// What has been counted so far, as far as it is known: the counts of a life that ended without
    /// being asked are lost.
    pub(crate) async fn recovery(&self) -> anyhow::Result<Recovery> {
        let question = Ask::get("/websocket/stats", Some(&self.admin));
        let stats = ask(self.port, &question).await?.body;
        let count = |name: &str| stats["recovery"][name].as_u64().unwrap_or(0);
        Ok(Recovery {
            recovered: self.past.recovered + count("recovered"),
            unknown: self.past.unknown + count("unknown"),
            foreign: self.past.foreign + count("foreign"),
            unrestorable: self.past.unrestorable + count("unrestorable"),
        })
    }

    /// Mostly it is back soon.
    async fn stay_away(&mut self) {
        let longest = if self.dice.u8(..10) < 6 { 120 } else { 2_000 };
        self.wait(0..longest).await;
    }

    async fn wait(&mut self, ms: std::ops::Range<u64>) {
        let ms = self.dice.u64(ms);
        sleep(Duration::from_millis(ms)).await;
    }
}
