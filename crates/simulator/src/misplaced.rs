//! A negative control: a route's changes are sent to viewers without the log.

use std::sync::{Arc, Weak};

use domain::RouteEvent;
use parking_lot::Mutex;
use rooms::{Encoding, Offset, Viewer};

use crate::town::{room, route_number};
use crate::wire;

/// Viewers that get changes at once: as a request's own task would do it, without the log.
#[derive(Clone, Default)]
pub(crate) struct Misplaced(Arc<Mutex<Vec<Told>>>);

type Told = (Weak<Viewer>, Encoding);

impl Misplaced {
    pub(crate) fn watch(&self, viewer: &Arc<Viewer>, encoding: Encoding) {
        self.0.lock().push((Arc::downgrade(viewer), encoding));
    }

    pub(crate) fn tell_at_once(&self, events: &[RouteEvent]) {
        let viewers = self.0.lock().clone();
        for event in events {
            let RouteEvent::Update(update) = event else { continue };
            let route = route_number(update.route_id.0.as_u128()).unwrap_or(usize::MAX);
            for (viewer, encoding) in &viewers {
                if let Some(viewer) = viewer.upgrade()
                    && viewer.cursor(&room(route), 0).is_some()
                {
                    let offset = Offset::position(0, update.position);
                    viewer.send(wire::change_frame(update, *encoding, &offset));
                }
            }
        }
    }
}
