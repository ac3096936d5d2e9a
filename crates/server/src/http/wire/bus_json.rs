//! **Bus** inside a route, written out once for all the routes and tickets that it stands in.
//!
//! Its layout is the larger part of every ticket and changes hardly ever. What is kept is taken
//! only for a bus that equals the one it was written from, so it cannot be stale.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use domain::{Bus, BusId};
use parking_lot::Mutex;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::bus::BusBody;

/// Buses kept written out, at some 4 KiB each; one more makes room by dropping any other.
const BUSES_WRITTEN_MAX: usize = 64;

type Written = (Arc<Bus>, Arc<RawValue>);

static WRITTEN: LazyLock<Mutex<HashMap<BusId, Written>>> = LazyLock::new(Mutex::default);

/// A bus as it stands inside a route. `None` if it cannot be written, which fails the answer.
#[derive(Clone, Debug)]
pub(crate) struct BusJson(Option<Arc<RawValue>>);

impl BusJson {
    pub(crate) fn of(bus: &Arc<Bus>) -> Self {
        let kept = WRITTEN.lock().get(&bus.id).cloned();
        if let Some((from, text)) = kept
            && (Arc::ptr_eq(&from, bus) || from == *bus)
        {
            return Self(Some(text));
        }
        let text = serde_json::value::to_raw_value(&BusBody::from(&**bus));
        let text = text.ok().map(Arc::<RawValue>::from);
        if let Some(text) = &text {
            let mut written = WRITTEN.lock();
            if written.len() >= BUSES_WRITTEN_MAX
                && let Some(any) = written.keys().next().copied()
            {
                written.remove(&any);
            }
            written.insert(bus.id, (Arc::clone(bus), Arc::clone(text)));
        }
        Self(text)
    }
}

impl Serialize for BusJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(text) = self;
        text.as_ref().ok_or_else(|| S::Error::custom("no JSON"))?.serialize(serializer)
    }
}
