//! Thousands of viewers and many writers on a real server, or several on one database, that are
//! killed, paused and cut off. At the end every viewer has exactly what the database has.
//!
//! The seed decides what breaks and when, but not how the operating system reacts: so a seed leads
//! to the same faults, not to the same run. Any difference fails the run.

mod booked;
mod company;
mod database;
mod family;
mod http;
mod ledger;
mod money;
mod npm;
mod proxy;
mod record;
mod redis;
mod sight;
mod talk;
mod till;
mod trouble;
mod truth;
mod verdict;
mod victim;
mod viewer;
mod websocket;
mod world;
mod writer;

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use serde_json::{Value, json};
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep};

use booked::Families;
use company::Company;
use database::Database;
use family::Family;
use ledger::Ledger;
use npm::{Counts, Npm};
use proxy::Proxy;
use record::{Checked, Record};
use redis::Redis;
use till::Till;
use trouble::{Recovery, Trouble};
use verdict::Verdict;
use victim::Victim;
use viewer::{Kind, Order, Viewer};
use world::World;
use writer::Writer;

/// How long all viewers may take to connect at the beginning.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(90);

/// Writers share the bookings between them.
const WRITERS: u32 = 64;

/// Families share their bookings between them: one for ten single tickets.
const FAMILIES: u32 = 12;
const SINGLES_PER_FAMILY: u32 = 10;

/// Viewers in a hundred that come through the disturbed network.
const LIGHT_BY_PROXY: usize = 30;
const STOCK_BY_PROXY: usize = 50;

#[derive(Args, Clone, Debug)]
pub(crate) struct Plan {
    /// How long there are faults.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Decides what breaks and when; drawn when absent.
    #[arg(long)]
    seed: Option<u64>,
    /// Light viewers: a fifth each of five ways to connect again.
    #[arg(long, default_value_t = 1_880)]
    viewers: usize,
    /// Stock `socket.io-client`s; half of them subscribe on every connect.
    #[arg(long, default_value_t = 120)]
    stock: usize,
    #[arg(long, default_value_t = 40)]
    routes: usize,
    /// Bookings a second; cancels, suspensions, moves, confirmations and payments come on top.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// How long a reservation lasts, in seconds.
    #[arg(long, default_value_t = 8)]
    hold: u64,
    /// Servers; several share a PostgreSQL, and a client connects to any of them.
    #[arg(long, default_value_t = 1)]
    nodes: usize,
    /// Several servers learn of each other's groups through the database alone.
    #[arg(long)]
    no_redis: bool,
    /// The database of several servers has no standby, so there are no failovers that lose the last
    /// commits.
    #[arg(long)]
    no_failover: bool,
    /// Does not wait for payments whose end is not known: it may take two minutes.
    #[arg(long)]
    leave_unfinished: bool,
    /// Where to write everything that was asked and answered about seats.
    #[arg(long)]
    history: Option<PathBuf>,
    /// Prints events as they happen.
    #[arg(long)]
    verbose: bool,
    /// The script of the stock clients.
    #[arg(long, default_value = "tests/js/chaos/viewers.js")]
    stock_script: PathBuf,
}

/// One run in a runtime of its own.
pub(crate) fn run(seatwire: &Path, plan: &Plan) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, play(seatwire, plan))
}

async fn play(seatwire: &Path, plan: &Plan) -> anyhow::Result<()> {
    let seed = plan.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    say(&format!(
        "chaos: seed {seed}, {} s, {} servers, {} light viewers, {} stock clients, {} routes, \
         {} bookings/s",
        plan.seconds, plan.nodes, plan.viewers, plan.stock, plan.routes, plan.rate
    ));
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut database = match plan.nodes {
        0 => bail!("--nodes: at least one server"),
        1 => None,
        several => Some(Database::start(several, !plan.no_failover).await?),
    };
    let redis = if plan.nodes > 1 && !plan.no_redis { Some(Redis::start()?) } else { None };
    let victim = Victim::start(seatwire, plan.hold, database.as_mut(), redis.as_ref()).await?;
    if let Some(database) = &mut database {
        database.look_on()?;
    }
    let ports = victim.ports();
    // With several servers, each connection goes to any that answers.
    let front = Proxy::start(&ports).await?;
    let port = if let [port] = *ports { port } else { front.port };
    let Company { admin, agents, customers, routes } = Company::open(port, plan.routes).await?;
    let world = Rc::new(World::new(routes, database.is_some(), plan.verbose));
    let proxy = Proxy::start(&ports).await?;
    let (stock_plan, viewers) = crowd(plan, &world, &customers, (port, proxy.port), &mut dice);
    let npm = Npm::start(&plan.stock_script, &stock_plan, &world).await?;
    arrived(&viewers, &npm).await?;
    world.say("everybody is there");

    let (ledger, till) = (Rc::new(Ledger::default()), Rc::new(Till::default()));
    let record = Rc::new(Record::of(plan.routes));
    for index in 0..WRITERS {
        let pick = |tokens: &[String], dice: &mut fastrand::Rng| {
            dice.choice(tokens).cloned().unwrap_or_default()
        };
        let writer = Writer {
            world: Rc::clone(&world),
            ledger: Rc::clone(&ledger),
            till: Rc::clone(&till),
            record: Rc::clone(&record),
            port,
            front: Rc::clone(&front),
            index,
            customer: pick(&customers, &mut dice),
            agent: pick(&agents, &mut dice),
            dice: fastrand::Rng::with_seed(seed ^ (u64::from(index) << 32)),
            period: Duration::from_secs(1) * WRITERS / plan.rate.max(1),
        };
        tokio::task::spawn_local(writer.write());
    }
    let families = Rc::new(Families::default());
    let living: Vec<_> = (0..FAMILIES)
        .map(|index| {
            let family = Family {
                world: Rc::clone(&world),
                ledger: Rc::clone(&ledger),
                record: Rc::clone(&record),
                families: Rc::clone(&families),
                port,
                customer: dice.choice(&customers).cloned().unwrap_or_default(),
                dice: fastrand::Rng::with_seed(!seed ^ (u64::from(index) << 32)),
                period: Duration::from_secs(1) * FAMILIES * SINGLES_PER_FAMILY / plan.rate.max(1),
                index,
                count: 0,
            };
            tokio::task::spawn_local(family.live())
        })
        .collect();
    let past = Recovery::default();
    let world = &world;
    let mut trouble = Trouble {
        victim,
        database,
        redis,
        proxy,
        viewers,
        npm,
        world: Rc::clone(world),
        dice,
        admin,
        past,
    };
    trouble.make(Instant::now() + Duration::from_secs(plan.seconds)).await?;

    world.calm_down();
    world.say("it is calm");
    let calm = Instant::now();
    // Each of them gets the answers that it still waits for, and does nothing after that.
    for family in living {
        family.await?;
    }
    let verdict = Verdict {
        world,
        port,
        admin: &trouble.admin,
        viewers: &trouble.viewers,
        npm: &trouble.npm,
    };
    let all_back = verdict.all_are_back().await?;
    let back = calm.elapsed();
    verdict.settled(Duration::from_secs(plan.hold)).await?;
    if !plan.leave_unfinished {
        verdict.payments_have_ended().await?;
    }
    if all_back {
        verdict.all_are_back().await?;
    }
    let (checked, bookings) = verdict.compare(&ledger, &record).await?;
    verdict.money(bookings, &till).await?;
    verdict.families(families.told(), !plan.leave_unfinished).await?;
    let counts = trouble.npm.counts().await?;
    let recovery = trouble.recovery().await?;
    if trouble.victim.log().contains("panicked at") {
        world.differs(format!("the server panicked:\n{}", trouble.victim.log()));
    }
    // A viewer that began anew although its room was confirmed had a session that could not be
    // saved, and the server has logged each of these.
    let not_recovered = world.not_recovered();
    if not_recovered.len() > trouble.victim.sessions_given_up() {
        not_recovered.iter().for_each(|story| world.differs(story.clone()));
    }
    let (epochs, epochs_max) = world.epochs();
    if epochs > epochs_max {
        world.differs(format!("viewers were told of {epochs} epochs, and there are {epochs_max}"));
    }
    trouble.viewers.iter().for_each(|viewer| viewer.order(Order::End));
    if let Some(file) = &plan.history {
        record.write(world, file)?;
    }
    report(world, (&counts, &recovery, checked), back);
    let (count, differences) = world.differences();
    if count > 0 {
        let text = differences.join("\n");
        let (seconds, nodes) = (plan.seconds, plan.nodes);
        let repeat = format!("cargo xtask chaos --seed {seed} --seconds {seconds} --nodes {nodes}");
        let log = trouble.victim.log();
        bail!("{count} differences; the first:\n{text}\nthe server said:\n{log}\nagain: {repeat}");
    }
    Ok(())
}

/// Which viewers watch what, and in which way: the plan of the stock clients, and the light
/// viewers.
fn crowd(
    plan: &Plan,
    world: &Rc<World>,
    customers: &[String],
    (direct, proxied): (u16, u16),
    dice: &mut fastrand::Rng,
) -> (Value, Vec<Rc<Viewer>>) {
    let by = |index: usize, percent| if index * 37 % 100 < percent { proxied } else { direct };
    let routes = |dice: &mut fastrand::Rng| {
        let count = dice.usize(1..=3);
        dice.choose_multiple(0..plan.routes, count)
    };
    let token = |dice: &mut fastrand::Rng| {
        let somebody = dice.u8(..3) == 0;
        dice.choice(customers).filter(|_| somebody).cloned()
    };
    // Polls must reach one server: with several, without stickiness, there is one transport.
    let transports = if plan.nodes > 1 { json!(["websocket"]) } else { Value::Null };
    let stock = (0..plan.stock).map(|index| {
        json!({
            "index": index, "each": index % 2 == 1, "port": by(index, STOCK_BY_PROXY),
            "routes": routes(&mut *dice), "token": token(&mut *dice), "transports": transports,
        })
    });
    let stock: Vec<_> = stock.collect();
    let ids: Vec<_> = world.routes.iter().map(|route| &route.id).collect();
    let stock = json!({ "routes": ids, "viewers": stock, "databaseBreaks": world.database_breaks });
    let light = (0..plan.viewers).map(|index| {
        let plan = viewer::Plan {
            index,
            kind: Kind::ALL[index % Kind::ALL.len()],
            port: by(index, LIGHT_BY_PROXY),
            token: token(&mut *dice),
            routes: routes(&mut *dice),
            wanders: index % 3 == 2,
            seed: dice.u64(..),
        };
        Viewer::start(plan, world)
    });
    (stock, light.collect())
}

async fn arrived(viewers: &[Rc<Viewer>], npm: &Npm) -> anyhow::Result<()> {
    let deadline = Instant::now() + ARRIVAL_TIMEOUT;
    loop {
        let late = viewers.iter().find(|viewer| !viewer.is_answered()).map(|viewer| viewer.story());
        let clients = npm.clients().await?;
        let has_map = |client: &&npm::Client| client.routes.iter().all(|one| one.legs.is_some());
        let late = late.or_else(|| {
            clients.iter().find(|client| !has_map(client)).map(|client| client.story.clone())
        });
        match late {
            None => return Ok(()),
            Some(late) if Instant::now() > deadline => bail!("not there yet: {late}"),
            Some(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

fn report(
    world: &World,
    (stock, recovery, checked): (&Counts, &Recovery, Checked),
    back: Duration,
) {
    let tally = &world.tally;
    let both = |light: &world::Count, stock: u64| light.get() + stock;
    let rows = [
        ("kills", tally.kills.get().to_string()),
        ("pauses", tally.pauses.get().to_string()),
        ("database connections disturbed", tally.database_cuts.get().to_string()),
        ("database restarts", tally.database_restarts.get().to_string()),
        ("failovers that lose", tally.failovers.get().to_string()),
        ("Redis connections disturbed", tally.redis_cuts.get().to_string()),
        ("Redis restarts, empty", tally.redis_restarts.get().to_string()),
        ("connections cut", both(&tally.cuts, stock.cuts).to_string()),
        ("bookings acknowledged", tally.bookings.get().to_string()),
        ("bookings of families", tally.families.get().to_string()),
        ("asked again under their key", tally.asked_again.get().to_string()),
        ("repeats compared", tally.repeats.get().to_string()),
        ("other writes acknowledged", tally.acknowledged.get().to_string()),
        ("writes refused (409)", tally.refused.get().to_string()),
        ("writes unanswered", tally.unanswered.get().to_string()),
        ("viewers that began again", both(&tally.reloads, stock.reloads).to_string()),
        ("reconnects", both(&tally.reconnects, stock.reconnects).to_string()),
        ("recovered", both(&tally.recovered, stock.recovered).to_string()),
        ("of them stock clients", stock.recovered.to_string()),
        ("anew, never confirmed before", both(&tally.anew, stock.anew).to_string()),
        ("unknown, by the server", recovery.unknown.to_string()),
        ("unrestorable, by the server", recovery.unrestorable.to_string()),
        ("foreign, by the server", recovery.foreign.to_string()),
        ("events delivered", both(&tally.events, stock.events).to_string()),
        ("snapshots compared", both(&tally.compared, stock.compared).to_string()),
        ("tickets of which something was lost", tally.lost.get().to_string()),
        (
            "told of two histories",
            both(&tally.between_histories, stock.between_histories).to_string(),
        ),
        ("operations lost, by the history", tally.lost_operations.get().to_string()),
        ("changes in the store's order", checked.changes.to_string()),
        ("refusals that were right", checked.refusals.to_string()),
        ("maps that were right", checked.maps.to_string()),
        ("bookings whose money was added up", tally.bookings_added_up.get().to_string()),
        ("payments unanswered: were paid", tally.unanswered_paid.get().to_string()),
        ("payments unanswered: given back", tally.unanswered_given_back.get().to_string()),
        ("payments unanswered: not taken", tally.unanswered_not_taken.get().to_string()),
        ("begun anew, not written down", world.not_recovered().len().to_string()),
        ("missed", both(&tally.missed, stock.missed).to_string()),
        ("doubled", both(&tally.doubled, stock.doubled).to_string()),
        ("all back and equal after", format!("{:.1} s", back.as_secs_f64())),
        ("differences", world.differences().0.to_string()),
    ];
    for (name, value) in rows {
        say(&format!("  {name:<36} {value:>10}"));
    }
}

#[expect(clippy::print_stdout, reason = "the table is what the run is for")]
fn say(text: &str) {
    println!("{text}");
}
