//! Who a viewer is, by the token that it brings, in whatever form, and for as long as the token is
//! good.
//!
//! A token that is present but not usable is refused, never treated as missing: its bearer believes
//! to be logged in. [`Privileges`] watches the privileges of known viewers; an anonymous viewer
//! costs one null pointer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use arc_swap::ArcSwapOption;
use domain::Account;
use jiff::Timestamp;
use rooms::{Encoding, View};
use serde::Serialize;
use socketio::loose_json::Unusable;
use socketio::{ConnectRequest, Handshake};
use utoipa::ToSchema;

use super::door::Door;
use super::known::Known;
use super::privileges::Privileges;
use super::request::{Answer, Trouble};
use super::view::view;
use crate::config::{GatewayAuth, Mode};
use crate::http::wire::audience::Audience;
use crate::http::wire::scalar::Time;
use crate::identity::callers::Callers;
use crate::identity::tokens::BadToken;
use crate::identity::unidentified::Unidentified;
use crate::limits::{OpenConnection, OpenConnections};
use crate::network::Network;

/// Errors in a row after which the server no longer believes that a peer errs by mistake.
const TROUBLES_MAX: u8 = 100;

#[derive(Clone)]
pub(crate) struct Identities {
    pub(crate) callers: Callers,
    pub(crate) open: OpenConnections,
    pub(crate) auth: GatewayAuth,
    pub(crate) mode: Mode,
    pub(crate) privileges: Privileges,
}

impl Identities {
    /// Without a token the viewer is anonymous, unless the server requires one; a bad token is
    /// refused.
    pub(crate) async fn identify(
        &self,
        token: Option<&str>,
        remote: Option<SocketAddr>,
    ) -> Result<Identity, Unidentified> {
        let known = match token {
            Some(token) => Some(self.know(token).await?),
            None if self.auth == GatewayAuth::Required => return Err(Unidentified::BadToken),
            None => None,
        };
        Ok(Identity {
            known: ArcSwapOption::new(known),
            _open: remote.map(|remote| self.open.open(Network::of(remote))),
            mode: self.mode,
            troubles: AtomicU8::new(0),
        })
    }

    /// A viewer with a good token. While its account cannot be looked up it sees what every viewer
    /// may see: its token is good, so it is not disconnected, and [`Privileges`] asks again soon.
    pub(crate) async fn know(&self, token: &str) -> Result<Arc<Known>, Unidentified> {
        let changes = self.privileges.changes();
        match self.callers.identify(token).await {
            Ok(holder) => Ok(Known::new(holder, Some(holder.actor), changes)),
            Err(Unidentified::Unknown(holder)) => Ok(Known::new(holder, None, changes)),
            Err(refused) => Err(refused),
        }
    }

    /// From now on the viewer is the bearer of this token. If the token is refused, nothing
    /// changes.
    pub(crate) async fn authenticate(
        &self,
        identity: &Identity,
        token: &str,
        door: Door,
    ) -> Result<Answer, Trouble> {
        let changes = self.privileges.changes();
        let holder = self.callers.identify(token).await.map_err(|why| match why {
            Unidentified::Unknown(_) | Unidentified::NoKeys => Trouble::unavailable(),
            Unidentified::BadToken
            | Unidentified::Gone
            | Unidentified::Disabled
            | Unidentified::Revoked => Trouble::unauthorized(),
        })?;
        let known = Known::new(holder, Some(holder.actor), changes);
        identity.known.store(Some(Arc::clone(&known)));
        self.privileges.watch(&known, door);
        // An expiry beyond the last date of the calendar is good until that date.
        let expires = Timestamp::from_second(holder.expires).unwrap_or(Timestamp::MAX);
        Ok(Answer::new("authenticated", &Authenticated { expires_at: Time(expires) }))
    }
}

/// The token of a CONNECT packet or of the request that began its session: `auth: { token }`, a
/// Bearer header, or `?token=`; an empty one does not hide those after it.
pub(crate) fn token_of_connect(request: &ConnectRequest<'_>) -> Result<Option<String>, BadToken> {
    let presented = [request.auth_str("token"), of_bearer(request.handshake)];
    first_of(presented.into_iter().chain([request.handshake.query_once("token")]))
}

/// The token of the request for a plain WebSocket.
pub(crate) fn token_of_request(handshake: &Handshake) -> Result<Option<String>, BadToken> {
    first_of([of_bearer(handshake), handshake.query_once("token")])
}

fn of_bearer(handshake: &Handshake) -> Result<Option<String>, Unusable> {
    handshake.bearer().map(|token| token.map(str::to_owned))
}

fn first_of(
    presented: impl IntoIterator<Item = Result<Option<String>, Unusable>>,
) -> Result<Option<String>, BadToken> {
    let presented: Result<Vec<_>, _> = presented.into_iter().collect();
    let tokens = presented.map_err(|Unusable| BadToken)?.into_iter().flatten();
    // Some libraries send the scheme as part of the token.
    let mut tokens = tokens.map(|token| match token.strip_prefix("Bearer ") {
        Some(bare) => bare.to_owned(),
        None => token,
    });
    Ok(tokens.find(|token| !token.is_empty()))
}

/// The viewer is the bearer of the token, as long as the token is good.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Authenticated {
    pub(super) expires_at: Time,
}

/// What the gateway keeps for a viewer.
#[derive(Debug)]
pub(crate) struct Identity {
    /// Changes when the viewer authenticates.
    known: ArcSwapOption<Known>,
    /// Held for as long as the viewer is connected.
    _open: Option<OpenConnection>,
    mode: Mode,
    troubles: AtomicU8,
}

impl Identity {
    pub(crate) fn view(&self, encoding: Encoding) -> View {
        view(self.mode, self.caller(), encoding)
    }

    /// The audience for which maps are made.
    pub(crate) fn audience(&self) -> Audience {
        Audience::of(self.caller())
    }

    /// Set if the viewer is known, or was.
    pub(crate) fn known(&self) -> Option<Arc<Known>> {
        self.known.load_full()
    }

    /// Whose sessions it may recover, beside those that belong to any client with their secret.
    pub(crate) fn owner(&self) -> Option<u128> {
        // A viewer whose account cannot be looked up right now is still the bearer of its token.
        self.known.load().as_ref().map(|known| known.holder.actor.user_id.0.as_u128())
    }

    fn caller(&self) -> Option<Account> {
        self.known.load().as_ref()?.caller()
    }

    /// Counts a good or a bad message; true when the peer keeps sending bad ones.
    pub(crate) fn keeps_erring(&self, is_trouble: bool) -> bool {
        if !is_trouble {
            self.troubles.store(0, Ordering::Relaxed);
            return false;
        }
        // Messages of one viewer are served one at a time.
        let troubles = self.troubles.load(Ordering::Relaxed);
        self.troubles.store(troubles.saturating_add(1), Ordering::Relaxed);
        troubles >= TROUBLES_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_costs_three_words() {
        assert!(size_of::<Identity>() <= 24, "{}", size_of::<Identity>());
    }

    #[test]
    fn the_first_token_that_is_one_counts_and_an_unusable_one_is_refused() {
        let some = |token: &str| Ok(Some(token.to_owned()));
        assert_eq!(first_of([Ok(None), Ok(None)]), Ok(None));
        assert_eq!(
            first_of([some(""), some("header")]),
            some("header").map_err(|Unusable| BadToken)
        );
        assert_eq!(first_of([some("Bearer a"), some("b")]).unwrap().as_deref(), Some("a"));
        assert_eq!(first_of([some("good"), Err(Unusable)]), Err(BadToken));
    }
}
