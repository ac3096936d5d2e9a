//! A database as a company has it after a year: past and future departures, a million tickets with
//! their later changes, written through the store itself.
//!
//! Sales are made in the order of their times, so every row lies where it would in a real database.
//! Memory holds one line for each sale; the store is kept busy by some hundred sales at a time.

mod id;
pub(crate) mod people;
mod sale;
mod timetable;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use jiff::Timestamp;
use store::{CommittedStream, Store};
use store_sqlite::SqliteStore;
use tokio::task::JoinSet;

use people::People;
use timetable::Timetable;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Plan {
    /// `sqlite://PATH`; the file must not be there yet.
    #[arg(long)]
    pub(crate) database: String,
    #[arg(long, default_value_t = 25_000)]
    pub(crate) departures: usize,
    /// At most 50 for each departure.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) tickets: usize,
}

/// Sales under way: enough to fill the writer's groups.
const SALES_AT_ONCE: usize = 512;

/// The pause between two lines of progress.
const TOLD_EVERY: Duration = Duration::from_secs(5);

pub(crate) fn run(plan: &Plan) -> anyhow::Result<()> {
    let path = plan.database.strip_prefix("sqlite://").context("not sqlite://PATH")?;
    let path = PathBuf::from(path);
    ensure!(!path.exists(), "{} is there already", path.display());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(fill(&path, plan.departures, plan.tickets))
}

/// Fills a new database. `path` must not exist yet.
pub(crate) async fn fill(path: &Path, departures: usize, tickets: usize) -> anyhow::Result<()> {
    ensure!(departures > 0, "no departures");
    let start = Instant::now();
    let (sqlite, stream) = store_sqlite::open_relaxed(path)?;
    let told = tokio::spawn(listen(stream));
    let store: Arc<dyn Store> = Arc::new(sqlite.clone());
    let now = now();
    let people = Arc::new(People::hire(&store, tickets, now).await?);
    let timetable = Arc::new(Timetable::write(&store, departures, tickets, now).await?);
    say(&format!("{departures} departures ({:.0?})", start.elapsed()));
    sell(&store, &people, &timetable, start).await?;
    report(store.as_ref(), now).await?;
    drop(store);
    close(sqlite).await?;
    let events = told.await?;
    let bytes = std::fs::metadata(path)?.len();
    say(&format!("{events} events, {} MiB ({:.0?})", bytes >> 20, start.elapsed()));
    Ok(())
}

async fn listen(mut stream: CommittedStream) -> usize {
    let mut events = 0;
    while let Some(group) = stream.next().await {
        events += group.events.len();
    }
    events
}

async fn close(sqlite: SqliteStore) -> anyhow::Result<()> {
    Ok(tokio::task::spawn_blocking(move || sqlite.close()).await?)
}

/// All sales, earliest first.
async fn sell(
    store: &Arc<dyn Store>,
    people: &Arc<People>,
    timetable: &Arc<Timetable>,
    start: Instant,
) -> anyhow::Result<()> {
    let sales = timetable.sales();
    let (next, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let sales = Arc::new(sales);
    let mut selling = JoinSet::new();
    for _ in 0..SALES_AT_ONCE.min(sales.len()) {
        let (store, people, timetable) =
            (Arc::clone(store), Arc::clone(people), Arc::clone(timetable));
        let (next, done, sales) = (Arc::clone(&next), Arc::clone(&done), Arc::clone(&sales));
        selling.spawn(async move {
            while let Some(sale) = sales.get(next.fetch_add(1, Ordering::Relaxed)) {
                sale::make(store.as_ref(), &people, &timetable, *sale).await?;
                done.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(())
        });
    }
    let mut every = tokio::time::interval(TOLD_EVERY);
    loop {
        tokio::select! {
            sold = selling.join_next() => match sold {
                Some(sold) => sold??,
                None => break,
            },
            _ = every.tick() => say(&format!(
                "{} of {} tickets ({:.0?})",
                done.load(Ordering::Relaxed),
                sales.len(),
                start.elapsed()
            )),
        }
    }
    let done = done.load(Ordering::Relaxed);
    if done != sales.len() {
        bail!("{done} tickets of {}", sales.len());
    }
    Ok(())
}

async fn report(store: &dyn Store, now: Timestamp) -> anyhow::Result<()> {
    let (tickets, routes) = (store.ticket_stats().await?, store.route_stats(now).await?);
    let counted = |(name, count): (&str, u64)| format!("{count} {name}");
    let statuses: Vec<_> = tickets
        .by_status
        .iter()
        .map(|(status, count)| counted((status.as_str(), *count)))
        .collect();
    say(&format!(
        "{} departures, {} to come; {} tickets: {}",
        routes.total,
        routes.upcoming,
        tickets.total,
        statuses.join(", ")
    ));
    let pairs = store.popular_pairs(3).await?;
    for pair in pairs {
        say(&format!("{} – {}: {} live", pair.from_city, pair.to_city, pair.ticket_count));
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the load generator has a clock of its own")]
fn now() -> Timestamp {
    // Whole milliseconds, as everything that is stored.
    Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap_or_default()
}

#[expect(clippy::print_stderr, reason = "it takes minutes, and its caller waits for it")]
fn say(text: &str) {
    eprintln!("{text}");
}
