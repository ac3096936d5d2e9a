//! Who a viewer is: by the token it brings, wherever it brings it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use booking::Source;
use domain::Actor;
use rooms::{Encoding, View};

use super::view;
use crate::config::{GatewayAuth, Mode};
use crate::identity::tokens::{BadToken, Tokens};

/// Errors in a row after which a peer is no longer believed to be mistaken.
const TROUBLES_MAX: u32 = 100;

#[derive(Clone)]
pub(crate) struct Identities {
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) source: Source,
    pub(crate) auth: GatewayAuth,
    pub(crate) mode: Mode,
}

impl Identities {
    /// No token is nobody, unless the server wants to know everybody; a bad one is refused.
    pub(crate) fn identify(&self, token: Option<&str>) -> Result<Identity, BadToken> {
        let caller = match token {
            Some(token) => Some(self.tokens.check(token, self.source.now())?),
            None if self.auth == GatewayAuth::Required => return Err(BadToken),
            None => None,
        };
        Ok(Identity { caller, mode: self.mode, troubles: AtomicU32::new(0) })
    }
}

/// What the gateway keeps for a viewer.
#[derive(Debug)]
pub(crate) struct Identity {
    caller: Option<Actor>,
    mode: Mode,
    troubles: AtomicU32,
}

impl Identity {
    pub(crate) fn view(&self, encoding: Encoding) -> View {
        view(self.mode, self.caller, encoding)
    }

    /// Whose sessions it may come back to; nobody's are anybody's who has the secret.
    pub(crate) fn owner(&self) -> Option<u128> {
        self.caller.map(|caller| caller.user_id.0.as_u128())
    }

    /// Counts a good or a bad message; true when the peer keeps sending bad ones.
    pub(crate) fn keeps_erring(&self, is_trouble: bool) -> bool {
        if !is_trouble {
            self.troubles.store(0, Ordering::Relaxed);
            return false;
        }
        self.troubles.fetch_add(1, Ordering::Relaxed) >= TROUBLES_MAX
    }
}
