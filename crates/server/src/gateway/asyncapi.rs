//! `/asyncapi.json`: AsyncAPI 3.0, made from the types that the gateway sends and the requests that
//! it understands.
//!
//! One list of messages, three transports that carry them: each message is described once, and each
//! transport only says how it wraps them. It describes the server's side: the server receives
//! requests and sends the rest.

mod messages;
mod requests;

use messages::{Message, Messages, Role};
use serde_json::{Map, Value, json};

/// A way in which messages travel.
struct Transport {
    name: &'static str,
    title: &'static str,
    address: &'static str,
    server: &'static str,
    description: &'static str,
    /// Whether a viewer can send requests; over an event stream it can only receive.
    takes_requests: bool,
    wrap: fn(&Message) -> Wrapped,
}

/// A message as one transport carries it.
struct Wrapped {
    payload: Value,
    example: Value,
}

const TRANSPORTS: [Transport; 3] = [
    Transport {
        name: "seats",
        title: "Plain WebSocket",
        address: "/seats",
        server: "websocket",
        description: "JSON text frames `{event, data, id?}`; an answer bears the `id` of its request.",
        takes_requests: true,
        wrap: |message| {
            let (name, reference) = (message.name, message.reference());
            let mut properties =
                json!({"event": {"type": "string", "const": name}, "data": reference});
            if message.role != Role::Told {
                properties["id"] = json!({"description": "Any JSON of the viewer's, up to 256 bytes; comes back with the answer."});
            }
            Wrapped {
                payload: json!({"type": "object", "required": ["event", "data"], "properties": properties}),
                example: json!({"event": name, "data": message.example}),
            }
        },
    },
    Transport {
        name: "socketio",
        title: "Socket.IO, namespace /seats",
        address: "/socket.io/",
        server: "socketio",
        description: "Socket.IO protocol v5 on Engine.IO v4: the message's name is the event's, the payload its \
                      one argument. A request that asks for an acknowledgement gets the same object in it.",
        takes_requests: true,
        wrap: |message| Wrapped { payload: message.reference(), example: message.example.clone() },
    },
    Transport {
        name: "events",
        title: "Server-Sent Events",
        address: "/routes/{routeId}/events",
        server: "http",
        description: "`event` is the message's name, `data` the payload, `id` the `seq`; `Last-Event-ID` resumes.",
        takes_requests: false,
        wrap: |message| Wrapped { payload: message.reference(), example: message.example.clone() },
    },
];

/// What the document has in place of the host by which a caller has reached the server.
pub(crate) const HOST: &str = "host.invalid";

/// The scheme by which the server is reached.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scheme {
    Plain,
    Tls,
}

impl Scheme {
    fn of_http(self) -> &'static str {
        match self {
            Self::Plain => "http",
            Self::Tls => "https",
        }
    }

    fn of_websocket(self) -> &'static str {
        match self {
            Self::Plain => "ws",
            Self::Tls => "wss",
        }
    }
}

/// The document, with [`HOST`] in it.
pub(crate) fn document(scheme: Scheme) -> String {
    let messages = Messages::all();
    let (mut channels, mut operations, mut wrapped) = (Map::new(), Map::new(), Map::new());
    for transport in &TRANSPORTS {
        let carried =
            || messages.iter().filter(|message| message.goes_over(transport.takes_requests));
        for message in carried() {
            wrapped.insert(key(transport, message), described(transport, message));
        }
        channels.insert(transport.name.to_owned(), channel(transport, carried()));
        for message in carried() {
            if let Some((name, operation)) = operation(transport, message) {
                operations.insert(name, operation);
            }
        }
    }
    let document = json!({
        "asyncapi": "3.0.0",
        "id": "urn:seatwire:seats",
        "info": info(scheme),
        "defaultContentType": "application/json",
        "servers": servers(scheme),
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": wrapped,
            "schemas": messages.schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "Optional, unless the server lets nobody watch unknown. Over Socket.IO also as \
                                    `auth: {token}`."},
                "token": {"type": "httpApiKey", "in": "query", "name": "token",
                    "description": "The same token, for browsers, which set no headers on a WebSocket."},
            },
        },
    });
    document.to_string()
}

fn info(scheme: Scheme) -> Value {
    json!({
        "title": "Seatwire, live",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "The changes of the seats of departures, in order and without a gap. A viewer subscribes to \
                        routes and is told of every change once; after a loss, `since` brings exactly what was missed.",
        "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        "contact": {"name": "Seatwire", "url": format!("{}://{HOST}", scheme.of_http())},
        "tags": [{"name": "seats", "description": "Seats of departures as they are taken and freed"}],
    })
}

fn servers(scheme: Scheme) -> Value {
    let security = json!([
        {"$ref": "#/components/securitySchemes/bearer"},
        {"$ref": "#/components/securitySchemes/token"},
    ]);
    let server = |protocol, description| json!({"host": HOST, "protocol": protocol, "description": description, "security": security});
    json!({
        "websocket": server(scheme.of_websocket(), "The one port of the server."),
        "socketio": server("socketio", "The same port, for any stock Socket.IO client."),
        "http": server(scheme.of_http(), "The same port, for `curl -N` and `EventSource`."),
    })
}

fn channel<'m>(transport: &Transport, carried: impl Iterator<Item = &'m Message>) -> Value {
    let messages: Map<String, Value> = carried
        .map(|message| {
            let key = key(transport, message);
            (message.name.to_owned(), json!({"$ref": format!("#/components/messages/{key}")}))
        })
        .collect();
    let mut channel = json!({
        "address": transport.address,
        "title": transport.title,
        "description": transport.description,
        "servers": [{"$ref": format!("#/servers/{}", transport.server)}],
        "messages": messages,
    });
    if transport.address.contains("{routeId}") {
        channel["parameters"] =
            json!({"routeId": {"description": "The id of the route that is watched."}});
    }
    channel
}

fn described(transport: &Transport, message: &Message) -> Value {
    let Wrapped { payload, example } = (transport.wrap)(message);
    json!({
        "name": message.name,
        "title": message.name,
        "summary": message.summary,
        "payload": payload,
        "examples": [{"name": message.name, "payload": example}],
    })
}

/// Answers belong to the operation of their request.
fn operation(transport: &Transport, message: &Message) -> Option<(String, Value)> {
    let channel = json!({"$ref": format!("#/channels/{}", transport.name)});
    let messages = |names: &[&str]| -> Value {
        names
            .iter()
            .map(|name| json!({"$ref": format!("#/channels/{}/messages/{name}", transport.name)}))
            .collect()
    };
    let name = format!("{}.{}", transport.name, message.name);
    let mut operation = json!({
        "channel": channel,
        "title": message.name,
        "summary": message.summary,
        "messages": messages(&[message.name]),
    });
    match message.role {
        Role::Asked { answer } => {
            operation["action"] = "receive".into();
            operation["reply"] =
                json!({"channel": channel, "messages": messages(&[answer, "error"])});
        }
        // Where viewers cannot send requests, an answer is sent on its own.
        Role::Answer if transport.takes_requests => return None,
        Role::Answer | Role::Told => operation["action"] = "send".into(),
    }
    Some((name, operation))
}

fn key(transport: &Transport, message: &Message) -> String {
    format!("{}.{}", transport.name, message.name)
}
