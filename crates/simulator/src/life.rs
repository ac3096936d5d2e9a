//! One life of the process, from its start to its end or its crash: everything that a crash
//! destroys.
//!
//! One thread and paused time: a turn runs until every task sleeps, and only then does time go on.

use std::sync::Arc;
use std::time::Duration;

use booking::{Desk, Source, expire_holds, finish_payments};
use domain::NeighbourRule;
use rooms::{Hub, Limits};
use store::{CommittedGroup, CommittedStream, Epoch, Store};
use store_sqlite::stepped::{self, Disk, Stepper};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::bank::Bank;
use crate::chance::Chance;
use crate::clock::SimulatedClock;
use crate::fault::Checked;
use crate::misplaced::Misplaced;
use crate::mutation::Mutation;
use crate::runtime::runtime;
use crate::sessions::Sessions;
use crate::slip;
use crate::town::{HOLD_SECONDS, SEAT_HOLD_SECONDS};
use crate::watching::{StoredHistory, Watching};
use crate::weather::Weather;
use crate::wire;

/// The fields are dropped in this order: tasks before what they use.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) runtime: Runtime,
    pub(crate) desk: Desk,
    pub(crate) watching: Watching,
    pub(crate) stepper: Stepper,
    /// Events that a viewer may have missed in a room and still be recovered.
    pub(crate) backlog_events_max: u64,
    clock: SimulatedClock,
}

/// The parts of a life.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) disk: &'a Disk,
    pub(crate) bank: &'a Bank,
    pub(crate) weather: &'a Weather,
    pub(crate) chance: &'a Chance,
    pub(crate) mutation: Option<Mutation>,
    pub(crate) now_millis: i64,
    /// Where a route has none of its own.
    pub(crate) neighbour_rule: NeighbourRule,
}

impl Life {
    pub(crate) fn start(parts: &Parts<'_>) -> Checked<Self> {
        let runtime = runtime()?;
        let reads = parts.weather.clone();
        // A start that cannot read its database ends at once; such a run shows nothing.
        let odds = parts.weather.odds();
        parts.weather.clear_up();
        let commands_max = parts.chance.size(4, 12);
        let groups = parts.chance.fork().filling();
        let (store, mut stepper, committed) =
            stepped::open(parts.disk, commands_max, groups, move || reads.read())?;
        if parts.mutation == Some(Mutation::SellTwice) {
            stepper.ignore_legs();
        }
        let store: Arc<dyn Store> = Arc::new(store);
        let limits = limits(parts.chance);
        let backlog_events_max = limits.backlog_events_max;
        let (desk, watching, clock) = runtime.block_on(async {
            let clock = SimulatedClock::starting_at(parts.now_millis);
            let published_through = store.newest_group().await?.last_place;
            let mutation = parts.mutation;
            let history = StoredHistory { store: store.clone(), mutation };
            let Epoch(epoch) = store.epoch().await?;
            let hub = Hub::in_epoch(limits, Arc::new(history), published_through, epoch);
            let misplaced = Misplaced::default();
            let feeding = Feeding { mutation, misplaced: misplaced.clone() };
            tokio::spawn(feed(hub.clone(), committed, parts.weather.clone(), feeding));
            let source = Source::with_chance(clock.clone(), parts.chance.fork());
            let bank = Arc::new(parts.bank.clone());
            let desk = Desk::new(store.clone(), bank, source, HOLD_SECONDS)
                .with_seat_hold_seconds(SEAT_HOLD_SECONDS)
                .with_neighbour_rule(parts.neighbour_rule)
                .answering(slip::settled());
            tokio::spawn(expire_holds(desk.clone(), CancellationToken::new()));
            tokio::spawn(finish_payments(desk.clone(), CancellationToken::new()));
            let window = parts.chance.millis(200, 3_000);
            let chance = (parts.chance.fork(), clock.clone());
            let (hub_too, store_too) = (hub.clone(), store.clone());
            let sessions = Sessions::open(hub_too, store_too, chance, window, mutation).await;
            let sessions = Arc::new(sessions);
            let watching = Watching { hub, store, sessions, mutation, misplaced };
            Ok::<_, store::StoreError>((desk, watching, clock))
        })?;
        parts.weather.set(odds);
        Ok(Self { runtime, desk, watching, stepper, backlog_events_max, clock })
    }

    /// Lets every task work until all sleep, and then lets this much time pass.
    pub(crate) fn turn(&self, length: Duration) {
        // Made inside: a timer belongs to the runtime that it is made in.
        self.runtime.block_on(async { tokio::time::sleep(length).await });
    }

    pub(crate) fn now_millis(&self) -> i64 {
        let _inside = self.runtime.enter();
        self.clock.millis()
    }

    /// How long it has lived, by the clock that does not jump.
    pub(crate) fn age(&self) -> Duration {
        let _inside = self.runtime.enter();
        self.clock.age()
    }

    pub(crate) fn jump(&self, seconds: i64) {
        self.clock.jump(seconds);
    }
}

/// The faults while events are sent to viewers.
struct Feeding {
    mutation: Option<Mutation>,
    misplaced: Misplaced,
}

async fn feed(
    hub: Hub,
    mut committed: CommittedStream,
    weather: Weather,
    Feeding { mutation, misplaced }: Feeding,
) {
    while let Some(CommittedGroup { events, .. }) = committed.next().await {
        let late = weather.feed();
        if !late.is_zero() {
            tokio::time::sleep(late).await;
        }
        if mutation == Some(Mutation::MisplaceChanges) {
            misplaced.tell_at_once(&events);
        }
        hub.publish(events.into_iter().map(|event| wire::event(event, mutation)).collect());
    }
}

/// Bounds so tight that one run reaches all of them.
fn limits(chance: &Chance) -> Limits {
    let backlog_events_max = chance.between(3, 20);
    Limits {
        log_events_max: chance.size(2, 10),
        logs_bytes_max: chance.size(4_000, 40_000),
        waiting_events_max: chance.size(1, 4),
        backlog_events_max,
        // A viewer that may be recovered must not be too far behind at once.
        lag_events_max: backlog_events_max + chance.between(1, 30),
        page_events_max: chance.size(1, 4),
        pages_at_once_max: chance.size(1, 3),
        pages_kept_max: chance.size(1, 4),
        pages_kept_bytes_max: chance.size(500, 5_000),
        page_attempts_max: 3,
        outbox_bytes_max: chance.size(500, 1_500),
        write_bytes_max: chance.size(60, 400),
        pass_chunk_viewers: chance.size(1, 3),
        ..Limits::default()
    }
}
