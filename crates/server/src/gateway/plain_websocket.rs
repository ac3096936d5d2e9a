//! The plain WebSocket on `/seats`: the same messages as JSON text, for Postman, wscat, scripts and
//! devices without a Socket.IO library.
//!
//! `{"event", "data", "id"?}` in, `{"event", "data", "id"?}` out; `id` is any JSON value of
//! up to 256 bytes, and comes back as it was sent.

use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;
use serde_json::Value;
use serde_json::value::RawValue;
use socketio::loose_json::Unusable;
use socketio::websocket::{CloseCode, Handler, Peer};
use socketio::{Handshake, loose_json};

use super::asker::{Asker, Way};
use super::door::Door;
use super::encodings::PLAIN;
use super::identity::{Identities, Identity, token_of_request};
use super::request::{Answer, Request, Trouble, parse};
use super::watching::Watching;
use crate::identity::tokens::BadToken;
use crate::identity::unidentified::Unidentified;
use crate::metrics::count_refused;

/// A longer `id` cannot be sent back; its message is refused, so that nobody waits for an answer
/// that would never be found.
const ID_BYTES_MAX: usize = 256;

pub(crate) struct PlainSeats {
    pub(crate) watching: Watching,
    pub(crate) identities: Identities,
}

/// A message, each part of which is read on its own: a fault in one does not hide a fault in
/// another.
struct Message<'a> {
    event: Option<String>,
    data: Option<&'a RawValue>,
    id: Result<Option<&'a str>, Unusable>,
}

impl<'a> Message<'a> {
    fn of(text: &'a str) -> Self {
        let field = |name| loose_json::field(text, name).ok().flatten();
        let id = loose_json::field(text, "id").map(|id| id.map(RawValue::get));
        Self {
            event: field("event").and_then(|event| loose_json::lossy(event.get())),
            data: field("data"),
            id: match id {
                Ok(Some("null")) => Ok(None),
                Ok(Some(id)) if id.len() > ID_BYTES_MAX => Err(Unusable),
                id => id,
            },
        }
    }

    /// What an answer bears.
    fn sent_back(&self) -> Option<&'a str> {
        self.id.ok().flatten()
    }

    fn request(&self) -> Result<Request, Trouble> {
        let Some(event) = &self.event else {
            let expected =
                r#"Send JSON such as {"event": "subscribe_route", "data": {"routeId": "…"}}"#;
            return Err(Trouble::invalid(expected));
        };
        if let Err(Unusable) = self.id {
            let why =
                format!("id cannot be sent back: give one, of {ID_BYTES_MAX} bytes at the most");
            return Err(Trouble::invalid(why).during(event));
        }
        match self.data.map_or(Ok(Value::Null), |data| serde_json::from_str(data.get())) {
            Ok(data) => parse(event, &data),
            Err(_) => Err(Trouble::invalid("data cannot be read").during(event)),
        }
    }
}

#[async_trait]
impl Handler for PlainSeats {
    async fn open(&self, handshake: &Handshake) -> Result<Arc<dyn Any + Send + Sync>, StatusCode> {
        let token = token_of_request(handshake).map_err(|BadToken| StatusCode::UNAUTHORIZED)?;
        let remote = handshake.remote();
        let identity = self.identities.identify(token.as_deref(), remote).await;
        let identity = identity.map_err(|why| match why {
            Unidentified::NoKeys => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        })?;
        Ok(Arc::new(identity))
    }

    async fn opened(&self, peer: &Arc<Peer>) {
        if let Some(known) = peer.state::<Identity>().and_then(Identity::known) {
            self.identities.privileges.watch(&known, Door::Peer(Arc::downgrade(peer)));
        }
    }

    async fn text(&self, peer: &Arc<Peer>, text: &str) {
        let Some(identity) = peer.state::<Identity>() else { return };
        let message = Message::of(text);
        let (id, request) = (message.sent_back(), message.request());
        let event = message.event.as_deref().unwrap_or_default();
        if identity.keeps_erring(request.is_err()) {
            peer.close(CloseCode::Policy, "too many messages that are wrong");
            return;
        }
        let way = Way::Plain { peer, id };
        let asker = Asker { way, view: identity.view(PLAIN), audience: identity.audience() };
        if let Ok(Request::Authenticate(token)) = &request {
            let door = Door::Peer(Arc::downgrade(peer));
            let answer = self.identities.authenticate(identity, token.expose(), door).await;
            if answer.is_ok() {
                let view = identity.view(PLAIN);
                self.watching.hub.show_as(peer.viewer(), 0, view.audience, view.identity);
            }
            return self.watching.tell(asker, event, answer);
        }
        self.watching.serve(asker, event, request).await;
    }

    async fn refused(&self, peer: &Arc<Peer>, text: &str) {
        let message = Message::of(text);
        let event = message.event.as_deref().unwrap_or_default();
        count_refused("message");
        let trouble = Trouble::too_many_messages().during(event);
        let way = Way::Plain { peer, id: message.sent_back() };
        peer.viewer().send_all(way.frames(&Answer::from(&trouble)));
    }
}
