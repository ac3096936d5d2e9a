//! Carries out administrators' orders to viewers: sends them a message, or ends their connections.
//!
//! A viewer of Socket.IO that is disconnected is also removed from its namespace: a stock client
//! does not reconnect after that by itself. Invariant: no lock is held over a room's viewers; a
//! room is walked in pieces, on the threads that bring events, so that a request that is dropped
//! leaves nothing half done.

use domain::{Notice, RouteId, ViewerDeed, ViewerOrder, ViewersOf};
use jiff::Timestamp;
use rooms::{CloseReason, Frame};
use serde::Serialize;
use socketio::encode;
use socketio::websocket::{CloseCode, close_frame};
use tokio::task::yield_now;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Gateway;
use super::encodings::{NAMESPACE, plain, server_sent};
use super::generation::Generation;
use super::open_socket::Transport;
use super::sockets::Reached;
use crate::http::wire::scalar::Time;
use crate::json::json_of;

const NOTICE: &str = "notice";

/// The reason in a close frame.
const WHY: &str = "an administrator has ended this connection";

/// A message of an administrator to viewers: to those of a route, or to one account's connections.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Notice)]
pub(super) struct NoticeBody<'a> {
    pub(super) message: &'a str,
    /// The route; absent if the message is for an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) route_id: Option<Uuid>,
    pub(super) at: Time,
}

/// The frames of one order, each made once.
struct Frames {
    socket_io: Frame,
    web_socket: Frame,
    sse: Option<Frame>,
}

/// What is done with each viewer.
enum Told {
    Notice(Frames),
    End(Frames),
}

impl Told {
    fn by(order: &ViewerOrder, at: Timestamp) -> Self {
        let route_id = match order.viewers {
            ViewersOf::Route(RouteId(id)) => Some(id),
            ViewersOf::User(_) => None,
        };
        match &order.deed {
            ViewerDeed::Notify(notice) => Self::Notice(Frames::of_notice(notice, route_id, at)),
            ViewerDeed::Disconnect => Self::End(Frames {
                socket_io: encode::text_frame(&encode::disconnect(NAMESPACE)),
                web_socket: close_frame(CloseCode::Policy, WHY),
                sse: None,
            }),
        }
    }

    fn tell(&self, Reached { viewer, transport, .. }: &Reached) {
        match (self, transport) {
            (Self::Notice(frames), transport) => {
                if let Some(frame) = frames.of(*transport) {
                    viewer.send(frame);
                }
            }
            (Self::End(frames), Transport::SocketIo) => {
                // A polling viewer has no stream for the frame: its next poll is answered with an
                // unknown session.
                let close = viewer.stream().map(|_| frames.web_socket.clone());
                let packets = std::iter::once(frames.socket_io.clone()).chain(close);
                viewer.end(packets, CloseReason::Application);
            }
            (Self::End(frames), transport) => {
                let packets = frames.of(*transport);
                viewer.end(packets, CloseReason::Application);
            }
        }
    }
}

impl Frames {
    fn of_notice(notice: &Notice, route_id: Option<Uuid>, at: Timestamp) -> Self {
        let body = NoticeBody { message: notice.as_str(), route_id, at: Time(at) };
        let json = json_of(&body);
        Self {
            socket_io: encode::text_frame(&encode::event(NAMESPACE, NOTICE, &json)),
            web_socket: encode::text_frame(&plain(NOTICE, &json, None)),
            sse: Some(server_sent(NOTICE, None, &json)),
        }
    }

    fn of(&self, transport: Transport) -> Option<Frame> {
        match transport {
            Transport::SocketIo => Some(self.socket_io.clone()),
            Transport::WebSocket => Some(self.web_socket.clone()),
            Transport::Sse => self.sse.clone(),
        }
    }
}

impl Generation {
    async fn carry_out(&self, order: &ViewerOrder, at: Timestamp) {
        let told = Told::by(order, at);
        match order.viewers {
            ViewersOf::User(id) => {
                self.reached_of_user(id).iter().for_each(|reached| told.tell(reached));
            }
            ViewersOf::Route(id) => {
                let mut place = Some(0);
                while let Some(at) = place {
                    let (piece, next) = self.reached_of_route(id, at);
                    piece.iter().for_each(|reached| told.tell(reached));
                    place = next;
                    // A large room means many writes: events of other rooms go in between.
                    yield_now().await;
                }
            }
        }
    }
}

impl Gateway {
    /// Carries an order out among the viewers of this node; when this returns it is done, even if
    /// the caller stops waiting.
    pub(crate) async fn carry_out(&self, order: ViewerOrder, at: Timestamp) {
        let generation = self.generation();
        let work = async move { generation.carry_out(&order, at).await };
        let done = self.feeding.spawn_on(work, self.delivery.handle()).await;
        if let Err(error) = done {
            tracing::error!(%error, "an order to viewers was not carried out to its end");
        }
    }
}
