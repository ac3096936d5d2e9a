//! The answers to requests: handshakes, polls, posts and upgrades.
//!
//! Does not depend on the protocol above the sessions.

use std::sync::Arc;

use http::{Request, Response};
use hyper::upgrade::{OnUpgrade, Upgraded};
use rooms::CloseReason;
use tokio::sync::OwnedSemaphorePermit;

use crate::body::{Body, HoldsHeadBack};
use crate::decision::{Decision, Transport, decide};
use crate::handshake::Handshake;
use crate::polling;
use crate::post;
use crate::probe;
use crate::refusal::Refusal;
use crate::session::Session;
use crate::shared::Shared;
use crate::unbegun::Unbegun;
use crate::upgraded;
use crate::websocket::connection::Connection;
use crate::websocket::handshake;
use crate::websocket::message::Assembler;

impl Shared<Session> {
    fn find(&self, sid: &str) -> Option<(Arc<Session>, Transport)> {
        let session = self.get(sid.parse().ok()?)?;
        let overdue = session.is_overdue().then_some(CloseReason::Timeout);
        if let Some(reason) = session.viewer().closed().or(overdue) {
            // The clock has not reached it yet; its client must not see the difference.
            session.close(reason);
            return None;
        }
        let transport = session.state.lock().transport;
        Some((session, transport))
    }

    fn permit(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        if !self.has_room() || self.is_stopping() {
            return Err(Refusal::Unavailable);
        }
        Arc::clone(&self.upgrades).try_acquire_owned().map_err(|_| Refusal::Unavailable)
    }

    pub(crate) async fn answer<B>(self: Arc<Self>, mut request: Request<B>) -> Response<Body>
    where
        B: http_body::Body,
    {
        let upgrade = hyper::upgrade::on(&mut request);
        let (head, body) = request.into_parts();
        let answer = match decide(&head, |sid| self.find(sid)) {
            Ok(Decision::OpenPolling) => self.open_polling(&head).await,
            Ok(Decision::Poll(session)) => {
                let may_wait_in_body = head.extensions.get::<HoldsHeadBack>().is_some();
                Ok(polling::poll(session, may_wait_in_body).await)
            }
            Ok(Decision::Post(session)) => Ok(post::post(session, &head.headers, body).await),
            Ok(Decision::OpenWebsocket) => self.open_websocket(&head, upgrade),
            Ok(Decision::Upgrade(session)) => self.begin_upgrade(session, &head, upgrade),
            Err(refusal) => Err(refusal),
        };
        answer.unwrap_or_else(Refusal::response)
    }

    async fn open_polling(
        self: &Arc<Self>,
        head: &http::request::Parts,
    ) -> Result<Response<Body>, Refusal> {
        let session = Session::open(self, Handshake::of(head), Transport::Polling)?;
        session.greet().await;
        Ok(polling::text(self.open_packet(&session, r#"["websocket"]"#)))
    }

    fn open_websocket(
        self: &Arc<Self>,
        head: &http::request::Parts,
        upgrade: OnUpgrade,
    ) -> Result<Response<Body>, Refusal> {
        let response = handshake::accept(head).map_err(|_| Refusal::BadRequest)?;
        let permit = self.permit()?;
        let shared = Arc::clone(self);
        let handshake = Handshake::of(head);
        self.tasks.spawn(async move {
            let _permit = permit;
            let Some(upgraded) = shared.upgraded(upgrade).await else { return };
            let (stream, input) = upgraded::into_stream(upgraded);
            let Ok(session) = Session::open(&shared, handshake, Transport::Websocket) else {
                return shared.tell_unbegun(Unbegun::Unavailable);
            };
            session.viewer().attach(stream);
            session.send(&shared.open_packet(&session, "[]"));
            let connection = Connection::new(Arc::clone(&session), Assembler::default(), input);
            session.greet().await;
            // A task of its own: this one's future has room for a whole handshake.
            shared.tasks.spawn(connection);
        });
        Ok(response)
    }

    fn begin_upgrade(
        self: &Arc<Self>,
        session: Arc<Session>,
        head: &http::request::Parts,
        upgrade: OnUpgrade,
    ) -> Result<Response<Body>, Refusal> {
        let response = handshake::accept(head).map_err(|_| Refusal::BadRequest)?;
        let permit = self.permit()?;
        let shared = Arc::clone(self);
        self.tasks.spawn(async move {
            let _permit = permit;
            let timeout = shared.config.upgrade_timeout;
            let Some(upgraded) = shared.upgraded(upgrade).await else { return };
            let (stream, input) = upgraded::into_stream(upgraded);
            if let Some(connection) = probe::run(&session, stream, input, timeout).await {
                shared.tasks.spawn(connection);
            }
        });
        Ok(response)
    }

    /// The connection under a request that was answered with 101.
    async fn upgraded(&self, upgrade: OnUpgrade) -> Option<Upgraded> {
        let timeout = self.config.upgrade_timeout;
        let failure = match tokio::time::timeout(timeout, upgrade).await {
            Ok(Ok(upgraded)) => return Some(upgraded),
            Ok(Err(_)) => Unbegun::Gone,
            Err(_) => Unbegun::Timeout,
        };
        self.tell_unbegun(failure);
        None
    }

    fn open_packet(&self, session: &Session, upgrades: &str) -> String {
        format!(
            r#"0{{"sid":"{}","upgrades":{upgrades},"pingInterval":{},"pingTimeout":{},"maxPayload":{}}}"#,
            session.sid,
            self.config.ping_interval.as_millis(),
            self.config.ping_timeout.as_millis(),
            self.config.max_payload,
        )
    }
}
