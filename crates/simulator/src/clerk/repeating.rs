//! Requests with a key, and their repeats: in the same life of the process or a later one, and
//! sometimes with another body.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::chance::Chance;
use crate::request::Asked as Request;
use crate::slip::{Body, Slip};

/// Requests that may be sent again; older ones are forgotten.
const REMEMBERED_MAX: usize = 12;

/// The key of a request, and where its sender gets the outcome.
#[derive(Clone, Debug)]
pub(super) struct Under {
    pub(super) body: Body,
    pub(super) slip: Arc<Slip>,
    /// In which life of the process it was sent first.
    pub(super) life: u64,
}

#[derive(Debug, Default)]
pub(super) struct Repeating {
    sent: Vec<(Request, Body, u64)>,
    /// How many bodies were sent under each key.
    bodies: BTreeMap<u64, u8>,
    keys: u64,
    life: u64,
}

impl Under {
    /// The same request, sent by another.
    pub(super) fn once_more(&self) -> Self {
        Self { slip: Arc::default(), ..self.clone() }
    }
}

impl Repeating {
    pub(super) fn process_died(&mut self) {
        self.life += 1;
    }

    pub(super) fn life(&self) -> u64 {
        self.life
    }

    pub(super) fn with_new_key(&mut self, request: &Request) -> Under {
        self.keys += 1;
        let body = Body { key: self.keys, body: 1 };
        self.remember(request, body)
    }

    /// Another request has this key already.
    pub(super) fn with_used_key(&mut self, request: &Request, chance: &Chance) -> Option<Under> {
        let (_, Body { key, .. }, _) = chance.pick(&self.sent)?;
        let body = Body { key: *key, body: self.bodies.get(key).map_or(1, |bodies| bodies + 1) };
        Some(self.remember(request, body))
    }

    fn remember(&mut self, request: &Request, body: Body) -> Under {
        self.bodies.insert(body.key, body.body);
        if self.sent.len() == REMEMBERED_MAX {
            self.sent.remove(0);
        }
        self.sent.push((Arc::clone(request), body, self.life));
        Under { body, slip: Arc::default(), life: self.life }
    }

    /// One that was sent before.
    pub(super) fn again(&self, chance: &Chance) -> Option<(Request, Under)> {
        chance.pick(&self.sent).map(again)
    }

    pub(super) fn all(&self) -> Vec<(Request, Under)> {
        self.sent.iter().map(again).collect()
    }

    pub(super) fn has_other_body(&self, body: Body) -> bool {
        self.bodies.get(&body.key).is_some_and(|bodies| *bodies > 1)
    }
}

fn again((request, body, life): &(Request, Body, u64)) -> (Request, Under) {
    (Arc::clone(request), Under { body: *body, slip: Arc::default(), life: *life })
}
