//! Feeds the hub, and begins anew when it cannot be fed any more.
//!
//! Only what the order releases reaches viewers, from whatever node. When the order ends with an
//! error, the next generation is built after the newest group and replaces the old one, which is
//! then ended: no viewer enters a hub that is not fed.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use domain::{BusPosition, RouteEvent, RouteId};
use metrics::counter;
use rooms::Event;
use store::{CommittedGroup, OrderError, StoreError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::ended::Ended;
use super::generation::{Blueprint, Generation};
use super::order::{self, Released, Sources};
use super::route_event;
use crate::metrics::{EVENTS, GENERATIONS};

/// The wait between two tries to begin anew while the database does not answer.
const AGAIN: Duration = Duration::from_millis(250);

pub(super) struct Feed {
    pub(super) sources: Sources,
    pub(super) blueprint: Blueprint,
    pub(super) now: Arc<ArcSwap<Generation>>,
    pub(super) ended: Ended,
    /// The gateway's tasks: the code that ends the gateway waits for them.
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
}

struct ToHub(Arc<Generation>);

impl Released for ToHub {
    fn group(&mut self, group: CommittedGroup) {
        group.events.iter().for_each(count);
        let known_at = group.known_at.0;
        let event = |event| Event { known_at, ..route_event::event(event) };
        self.0.hub().publish(group.events.into_iter().map(event).collect());
    }

    fn position(&mut self, route_id: RouteId, position: BusPosition) {
        self.0.show_position(route_id, position);
    }
}

impl Feed {
    /// Runs until the server stops: it holds the store, and the store ends when no handle is left.
    pub(super) async fn run(mut self) {
        let stop = self.stop.clone();
        loop {
            let generation = self.now.load_full();
            let mut to_hub = ToHub(Arc::clone(&generation));
            let begun = (generation.begun_behind, generation.epoch);
            let Err(error) = self.sources.release_behind(begun, &mut to_hub, &stop).await else {
                return;
            };
            tracing::warn!(%error, "the viewers of this node begin anew");
            counter!(GENERATIONS).increment(1);
            let begun = stop.run_until_cancelled(self.begun_anew(&generation, error)).await;
            let Some(next) = begun else { return };
            self.sources.fan_out.begin_anew(next.epoch);
            self.now.store(Arc::new(next));
            // In a task beside the feed: later commits do not wait for slow viewers.
            let ended = self.ended.clone();
            self.tasks.spawn(async move {
                generation.shutdown(Duration::ZERO).await;
                ended.note(&generation);
            });
        }
    }

    /// The next generation, as soon as the database answers.
    async fn begun_anew(&self, before: &Generation, why: order::Ended) -> Generation {
        loop {
            match self.next(before, why).await {
                Ok(next) => return next,
                Err(error) => tracing::warn!(%error, "viewers cannot begin anew yet"),
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn next(&self, before: &Generation, why: order::Ended) -> Result<Generation, StoreError> {
        if matches!(why, order::Ended::Order(OrderError::Broken { .. })) {
            // The places that this node's viewers know mean other events now, whatever has changed
            // the database: offsets from before must not count any more.
            let left = self.blueprint.store.leave_epoch(before.epoch).await;
            left.map_err(StoreError::failed)?;
        }
        self.blueprint.build().await
    }
}

fn count(event: &RouteEvent) {
    let kind = match event {
        RouteEvent::Seat(event) => event.draft.kind.as_str(),
        RouteEvent::Update(_) => "route_update",
    };
    counter!(EVENTS, "type" => kind).increment(1);
}
