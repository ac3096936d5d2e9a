//! The Socket.IO namespace `/seats`.

use async_trait::async_trait;
use serde_json::Value;
use socketio::websocket::CloseCode;
use socketio::{Accept, ClientEvent, ConnectError, ConnectRequest, Namespace, Recoverable, Socket};

use super::asker::{Asker, Way};
use super::door::Door;
use super::encodings::{SOCKET_IO, SOCKET_IO_WITH_OFFSET};
use super::identity::{Identities, Identity, token_of_connect};
use super::request::{Answer, Request, Trouble, parse};
use super::watching::Watching;
use crate::identity::tokens::BadToken;
use crate::identity::unidentified::Unidentified;
use crate::metrics::count_refused;
use crate::metrics::handshakes::{Failure, Handshake, count_failed};

pub(crate) struct Seats {
    pub(crate) watching: Watching,
    pub(crate) identities: Identities,
}

#[async_trait]
impl Namespace for Seats {
    async fn connect(&self, request: ConnectRequest<'_>) -> Result<Accept, ConnectError> {
        let refused = || {
            count_failed(Handshake::SocketIo, Failure::BadToken);
            ConnectError::new(BadToken.to_string())
        };
        let token = token_of_connect(&request).map_err(|BadToken| refused())?;
        let identity = self.identities.identify(token.as_deref(), request.handshake.remote()).await;
        // Nobody is told that a good token is bad: frontends log out then.
        let identity = identity.map_err(|why| match why {
            Unidentified::NoKeys => {
                count_failed(Handshake::SocketIo, Failure::Unavailable);
                ConnectError::new("Unavailable")
            }
            _ => refused(),
        })?;
        // Kept for a client that leaves the namespace and joins again; an anonymous one has no
        // token to show again.
        let keep_handshake = identity.known().is_some();
        let recovery = request.can_recover().then(|| Recoverable {
            owner: identity.owner(),
            view: Some(identity.view(SOCKET_IO_WITH_OFFSET)),
        });
        Ok(Accept { recovery, keep_handshake, ..Accept::new(identity) })
    }

    async fn connected(&self, socket: &Socket) {
        if let Some(known) = socket.state::<Identity>().and_then(Identity::known) {
            self.identities.privileges.watch(&known, Door::Socket(socket.downgrade()));
        }
    }

    /// No message has any, so announced bytes are not waited for.
    fn takes_bytes(&self) -> bool {
        false
    }

    async fn event(&self, socket: &Socket, event: ClientEvent<'_>) {
        let Some(identity) = socket.state::<Identity>() else { return };
        let encoding = if socket.can_return() { SOCKET_IO_WITH_OFFSET } else { SOCKET_IO };
        let view = identity.view(encoding);
        let view = socket.view(view.encoding, view.audience, view.identity);
        let request = match event.args {
            _ if event.left_out > 0 => Err(Trouble::invalid("Bytes are not taken here")),
            [] => parse(event.name, &Value::Null),
            [first, ..] => match serde_json::from_str(first.get()) {
                Ok(data) => parse(event.name, &data),
                Err(_) => Err(Trouble::invalid("The argument is not JSON")),
            },
        };
        if identity.keeps_erring(request.is_err()) {
            socket.close(CloseCode::Policy, "too many messages that are wrong");
            return;
        }
        let way = Way::SocketIo { socket, ack: event.ack };
        let asker = Asker { way, view, audience: identity.audience() };
        if let Ok(Request::Authenticate(token)) = &request {
            let door = Door::Socket(socket.downgrade());
            let before = identity.owner();
            let answer = self.identities.authenticate(identity, token.expose(), door).await;
            if answer.is_ok() {
                let view = identity.view(encoding);
                socket.show_as(view.audience, view.identity);
                if identity.owner() != before {
                    socket.change_user().await;
                }
            }
            return self.watching.tell(asker, event.name, answer);
        }
        self.watching.serve(asker, event.name, request).await;
    }

    async fn refused(&self, socket: &Socket, event: ClientEvent<'_>) {
        count_refused("message");
        let trouble = Trouble::too_many_messages().during(event.name);
        let way = Way::SocketIo { socket, ack: event.ack };
        socket.send_all(way.frames(&Answer::from(&trouble)));
    }
}
