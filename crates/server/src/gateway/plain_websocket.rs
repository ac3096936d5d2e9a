//! The plain WebSocket on `/seats`: the same messages as JSON text, for Postman, wscat, scripts and
//! devices without a Socket.IO library.
//!
//! `{"event", "data", "id"?}` in, `{"event", "data", "id"?}` out; `id` is any JSON value and comes
//! back as it was sent.

use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use socketio::Handshake;
use socketio::encode::text_frame;
use socketio::websocket::{CloseCode, Handler, Peer};

use super::identity::{Identities, Identity};
use super::request::{Answer, Form, Trouble, parse};
use super::seat_update::{PLAIN, plain};
use super::watching::{Asker, Watching};

/// A longer `id` is not sent back.
const ID_BYTES_MAX: usize = 256;

pub(crate) struct PlainSeats {
    pub(crate) watching: Watching,
    pub(crate) identities: Identities,
}

#[derive(Deserialize)]
struct Message<'a> {
    event: String,
    #[serde(default)]
    data: Value,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
}

#[async_trait]
impl Handler for PlainSeats {
    async fn open(&self, handshake: &Handshake) -> Result<Arc<dyn Any + Send + Sync>, StatusCode> {
        let token = handshake.bearer().map(str::to_owned).or_else(|| handshake.query("token"));
        let token = token.filter(|token| !token.is_empty());
        let identity = self.identities.identify(token.as_deref());
        identity
            .map(|identity| Arc::new(identity) as Arc<dyn Any + Send + Sync>)
            .map_err(|_| StatusCode::UNAUTHORIZED)
    }

    async fn text(&self, peer: &Arc<Peer>, text: &str) {
        let Some(identity) = peer.state::<Identity>() else { return };
        let message: Result<Message<'_>, _> = serde_json::from_str(text);
        let (event, id, request) = match &message {
            Ok(message) => {
                let id = message.id.map(RawValue::get).filter(|id| id.len() <= ID_BYTES_MAX);
                (message.event.as_str(), id, parse(&message.event, &message.data))
            }
            Err(_) => {
                let expected =
                    r#"Send JSON such as {"event": "subscribe_route", "data": {"routeId": "…"}}"#;
                ("", None, Err(Trouble::invalid(expected)))
            }
        };
        if identity.keeps_erring(request.is_err()) {
            peer.close(CloseCode::Policy);
            return;
        }
        let wrap = |answer: &Answer| {
            let make = || text_frame(&plain(answer.event, &answer.data, id));
            // An `id` is this client's own.
            vec![if id.is_none() { answer.frame(Form::Plain, make) } else { make() }]
        };
        let view = identity.view(PLAIN);
        let asker = Asker { viewer: peer.viewer(), view, wrap: &wrap, socket: None };
        self.watching.serve(asker, event, request).await;
    }
}
