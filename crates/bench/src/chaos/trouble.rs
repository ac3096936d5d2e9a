//! The faults of a run: what breaks, and when, drawn from the seed.
//!
//! Faults come from a shuffled deck, so that a short run has some of each kind and a long one all.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::database::Database;
use super::http::{Ask, ask};
use super::npm::Npm;
use super::proxy::{Mischief, Proxy};
use super::redis::Redis;
use super::victim::Victim;
use super::viewer::{Order, Viewer};
use super::world::World;

/// Time between two faults, in milliseconds.
const QUIET_MS: std::ops::Range<u64> = 100..1_600;

/// Starts of a server whose database is disturbed, until it counts as broken.
const STARTS_MAX: u32 = 10;

/// How long to wait for the server's own counts before it is killed.
const STATS_TIMEOUT: Duration = Duration::from_millis(150);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Kill,
    /// Killed while it starts, and again right after.
    KillAtBirth,
    /// Killed again while all clients connect again.
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
    /// The database is killed, and started again.
    DatabaseRestart,
    /// The database is lost, and its standby lacks the last commits.
    Failover,
    /// On one server's way to Redis.
    RedisNetwork,
    /// Redis is killed, and started again empty.
    RedisRestart,
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

/// In addition, where several servers share a database.
const DECK_OF_SEVERAL: [(Fault, usize); 5] = [
    (Fault::DatabaseNetwork, 6),
    (Fault::DatabaseRestart, 1),
    (Fault::Failover, 1),
    (Fault::RedisNetwork, 3),
    (Fault::RedisRestart, 2),
];

/// How long a standby does not follow before it becomes the only database, in milliseconds.
const UNFOLLOWED_MS: std::ops::Range<u64> = 100..1_500;
/// How long Redis is away.
const REDIS_AWAY_MS: std::ops::Range<u64> = 0..2_000;

/// The server's counts of recoveries, over all its lives.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Recovery {
    pub(crate) recovered: u64,
    pub(crate) unknown: u64,
    pub(crate) foreign: u64,
    pub(crate) unrestorable: u64,
}

impl Recovery {
    fn add(&mut self, more: Self) {
        self.recovered += more.recovered;
        self.unknown += more.unknown;
        self.foreign += more.foreign;
        self.unrestorable += more.unrestorable;
    }
}

pub(crate) struct Trouble {
    pub(crate) victim: Victim,
    /// Shared by several servers.
    pub(crate) database: Option<Database>,
    pub(crate) redis: Option<Redis>,
    pub(crate) proxy: Rc<Proxy>,
    pub(crate) viewers: Vec<Rc<Viewer>>,
    pub(crate) npm: Npm,
    pub(crate) world: Rc<World>,
    pub(crate) dice: fastrand::Rng,
    /// An account that may read the server's counts.
    pub(crate) admin: String,
    pub(crate) past: Recovery,
}

impl Trouble {
    /// Makes faults until then, and leaves everything repaired.
    pub(crate) async fn make(&mut self, until: Instant) -> anyhow::Result<()> {
        let mut deck = self.deck(|_| 1);
        while Instant::now() < until {
            let quiet = self.dice.u64(QUIET_MS);
            sleep(Duration::from_millis(quiet)).await;
            if deck.is_empty() {
                deck = self.deck(|count| count);
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

    /// This many of each.
    fn deck(&mut self, count: impl Fn(usize) -> usize) -> Vec<Fault> {
        let of_several: &[_] = if self.database.is_some() { &DECK_OF_SEVERAL } else { &[] };
        let faults = DECK.iter().chain(of_several);
        let mut deck: Vec<_> = faults.flat_map(|(fault, of)| vec![*fault; count(*of)]).collect();
        self.dice.shuffle(&mut deck);
        deck
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
                if let Some(database) = &mut self.database {
                    database.restart().await?;
                    self.world.tally.database_restarts.add(1);
                }
            }
            Fault::Failover => {
                let unfollowed = Duration::from_millis(self.dice.u64(UNFOLLOWED_MS));
                if let Some(database) = &mut self.database
                    && database.has_standby()
                {
                    self.npm.goes_back().await?;
                    database.fail_over(&self.world, unfollowed).await?;
                    self.world.tally.failovers.add(1);
                }
            }
            Fault::RedisNetwork => {
                let percent = self.dice.u8(20..=100);
                let what = (self.dice.bool()).then(|| Mischief::draw(&mut self.dice));
                if let Some(way) = self.victim.way_to_redis() {
                    let disturbed = way.disturb(&mut self.dice, percent, what);
                    self.world.tally.redis_cuts.add(disturbed);
                }
            }
            Fault::RedisRestart => {
                let away = Duration::from_millis(self.dice.u64(REDIS_AWAY_MS));
                if let Some(redis) = &mut self.redis {
                    redis.restart(away).await?;
                    self.world.tally.redis_restarts.add(1);
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

    /// Kills it when it has reported its counts.
    async fn kill(&mut self) -> anyhow::Result<()> {
        let counting = async { self.counted_by(self.victim.port()?).await };
        if let Ok(Ok(counted)) = tokio::time::timeout(STATS_TIMEOUT, counting).await {
            self.past.add(counted);
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
            // It ends at once if its database cannot be reached at that moment; then it is started
            // again.
            if self.victim.listening().await.is_ok() {
                return Ok(());
            }
        }
        self.victim.spawn()?;
        self.victim.listening().await?;
        Ok(())
    }

    /// The known counts so far: those of a life that ended before it was asked are lost.
    pub(crate) async fn recovery(&self) -> anyhow::Result<Recovery> {
        let mut all = self.past;
        for port in self.victim.ports() {
            all.add(self.counted_by(port).await?);
        }
        Ok(all)
    }

    async fn counted_by(&self, port: u16) -> anyhow::Result<Recovery> {
        let question = Ask::get("/websocket/stats", Some(&self.admin));
        let stats = ask(port, &question).await?.body;
        let count = |name: &str| stats["recovery"][name].as_u64().unwrap_or(0);
        Ok(Recovery {
            recovered: count("recovered"),
            unknown: count("unknown"),
            foreign: count("foreign"),
            unrestorable: count("unrestorable"),
        })
    }

    /// Mostly the pause is short.
    async fn stay_away(&mut self) {
        let longest = if self.dice.u8(..10) < 6 { 120 } else { 2_000 };
        self.wait(0..longest).await;
    }

    async fn wait(&mut self, ms: std::ops::Range<u64>) {
        let ms = self.dice.u64(ms);
        sleep(Duration::from_millis(ms)).await;
    }
}
