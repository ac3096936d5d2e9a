//! Watching a route over HTTP, as an event stream.

use std::sync::Arc;

use domain::RouteId;

use super::Gateway;
use super::asker::{Asker, Way};
use super::door::Door;
use super::encodings::{SSE, server_sent};
use super::event_stream_viewer::{EventStreamViewer, readers};
use super::known::Known;
use super::request::Form;
use super::view::view;
use super::watch_error::WatchError;
use super::watching::subscribed;
use crate::http::wire::audience::Audience;

impl Gateway {
    /// The number of readers of event streams now.
    pub(crate) fn stream_readers(&self) -> usize {
        readers()
    }

    /// Starts to watch a route after `since`, or from now on.
    pub(crate) async fn watch(
        &self,
        route_id: RouteId,
        since: Option<u64>,
        known: Option<Arc<Known>>,
    ) -> Result<EventStreamViewer, WatchError> {
        let generation = self.generation();
        let (watching, identities) = (&generation.watching, &generation.identities);
        let caller = known.as_ref().and_then(|known| known.caller());
        let presence = watching.hub.connect().map_err(|_| WatchError::TooManyViewers)?;
        let asker = Asker {
            way: Way::Stream { viewer: presence.viewer() },
            view: view(identities.mode, caller, SSE),
            audience: Audience::of(caller),
        };
        let confirm = |seq| {
            let answer = subscribed(route_id, seq);
            vec![server_sent(answer.event, Some(seq), &answer.data)]
        };
        watching
            .follow(asker, route_id, since, confirm, |seq, answer| {
                let make = || server_sent(answer.event, Some(seq), &answer.data);
                vec![answer.frame(Form::ServerSent, make)]
            })
            .await?;
        if let Some(known) = &known {
            identities.privileges.watch(known, Door::Stream(Arc::downgrade(presence.viewer())));
        }
        Ok(EventStreamViewer::new(presence, known))
    }
}
