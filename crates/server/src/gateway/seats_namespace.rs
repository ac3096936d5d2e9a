//! The Socket.IO namespace `/seats`.

use async_trait::async_trait;
use serde_json::Value;
use socketio::{Accept, ClientEvent, ConnectError, ConnectRequest, Namespace, Recoverable, Socket};

use super::identity::{Identities, Identity};
use super::request::{Answer, Form, Trouble, parse};
use super::seat_update::{SOCKET_IO, SOCKET_IO_WITH_OFFSET};
use super::watching::{Asker, Watching};

pub(crate) struct Seats {
    pub(crate) watching: Watching,
    pub(crate) identities: Identities,
}

#[async_trait]
impl Namespace for Seats {
    async fn connect(&self, request: ConnectRequest<'_>) -> Result<Accept, ConnectError> {
        // `auth: { token }`, a Bearer header, or `?token=`. Some libraries send the scheme along.
        let token = request
            .auth_str("token")
            .or_else(|| request.handshake.bearer().map(str::to_owned))
            .or_else(|| request.handshake.query("token"))
            .filter(|token| !token.is_empty());
        let token = token.as_deref().map(|token| token.strip_prefix("Bearer ").unwrap_or(token));
        let identity = self
            .identities
            .identify(token)
            .map_err(|refused| ConnectError::new(refused.to_string()))?;
        let recovery = request.can_recover().then(|| Recoverable {
            owner: identity.owner(),
            view: Some(identity.view(SOCKET_IO_WITH_OFFSET)),
        });
        Ok(Accept { recovery, ..Accept::new(identity) })
    }

    async fn event(&self, socket: &Socket, event: ClientEvent<'_>) {
        let Some(identity) = socket.state::<Identity>() else { return };
        let encoding = if socket.can_return() { SOCKET_IO_WITH_OFFSET } else { SOCKET_IO };
        let view = identity.view(encoding);
        let view = socket.view(view.encoding, view.audience, view.identity);
        let request = match event.args {
            [] => parse(event.name, &Value::Null),
            [first, ..] => match serde_json::from_str(first.get()) {
                Ok(data) => parse(event.name, &data),
                Err(_) => Err(Trouble::invalid("The argument is not JSON")),
            },
        };
        if identity.keeps_erring(request.is_err()) {
            socket.close();
            return;
        }
        let wrap = |answer: &Answer| {
            let make = || socket.event_frame(answer.event, &answer.data);
            let told = answer.frame(Form::SocketIo, make);
            let acknowledged = event.ack.map(|id| socket.ack_frame(id, &answer.data));
            std::iter::once(told).chain(acknowledged).collect()
        };
        let asker = Asker { viewer: socket.viewer(), view, wrap: &wrap, socket: Some(socket) };
        self.watching.serve(asker, event.name, request).await;
    }
}
