//! A Socket.IO client that polls: just enough of the protocol to watch a route and to recover.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::api::Api;

const RECORD_SEPARATOR: char = '\u{1e}';

#[derive(Debug)]
pub struct SocketIo {
    api: Api,
    /// Where its session polls.
    pub path: String,
    packets: VecDeque<String>,
    pub sid: String,
    /// The secret with which it recovers.
    pub pid: Option<String>,
}

impl SocketIo {
    /// Connects to `/seats`, with this `auth`.
    pub fn connect(api: &Api, auth: &Value) -> Self {
        let opening = "/socket.io/?EIO=4&transport=polling";
        let opened = api.get(opening);
        assert_eq!(opened.status, 200, "{}", opened.text());
        let opened = opened.text().strip_prefix('0').expect("an OPEN packet").to_owned();
        let opened: Value = serde_json::from_str(&opened).expect("JSON");
        let path = format!("{opening}&sid={}", opened["sid"].as_str().expect("a session"));
        let (api, packets) = (api.clone(), VecDeque::new());
        let mut socket = Self { api, path, packets, sid: String::new(), pid: None };
        socket.post(&format!("40/seats,{auth}"));
        let connected = socket.packet();
        let connected = connected.strip_prefix("40/seats,").expect("a CONNECT packet");
        let connected: Value = serde_json::from_str(connected).expect("JSON");
        socket.sid = connected["sid"].as_str().expect("an id").to_owned();
        socket.pid = connected["pid"].as_str().map(str::to_owned);
        socket
    }

    /// Subscribes to a route; returns the answer.
    pub fn subscribe(&mut self, route_id: &str, since: Option<u64>) -> (String, Value) {
        let mut asked = json!({ "routeId": route_id });
        if let Some(since) = since {
            asked["since"] = json!(since);
        }
        self.post(&format!("42/seats,{}", json!(["subscribe_route", asked])));
        let (event, data, _) = self.event();
        (event, data)
    }

    /// The next event, with its offset if it has one.
    pub fn event(&mut self) -> (String, Value, Option<String>) {
        let packet = self.packet();
        let event = packet.strip_prefix("42/seats,").expect("an EVENT packet");
        let event: Vec<Value> = serde_json::from_str(event).expect("JSON");
        let name = event[0].as_str().expect("a name").to_owned();
        let offset = event.get(2).and_then(Value::as_str).map(str::to_owned);
        (name, event[1].clone(), offset)
    }

    /// The packet with which the client has left the namespace.
    pub fn left(&mut self) -> String {
        let packet = self.packet();
        assert!(packet.starts_with("41"), "{packet}");
        packet
    }

    /// True as soon as the server has ended the session.
    pub fn has_ended(&self) -> bool {
        self.api.get(&self.path).status != 200
    }

    /// The next packet.
    pub fn packet(&mut self) -> String {
        loop {
            if let Some(packet) = self.packets.pop_front() {
                return packet;
            }
            let polled = self.api.get(&self.path);
            assert_eq!(polled.status, 200, "{}", polled.text());
            let packets = polled.text().split(RECORD_SEPARATOR);
            // A PING needs no answer within the time of a test.
            self.packets.extend(packets.filter(|packet| *packet != "2").map(str::to_owned));
        }
    }

    /// Sends a packet, and reads nothing.
    pub fn post(&self, packet: &str) {
        let headers = [("content-type", "text/plain;charset=UTF-8")];
        let posted = self.api.send("POST", &self.path, &headers, Some(packet.as_bytes()));
        assert_eq!((posted.status, posted.text()), (200, "ok"), "{packet}");
    }
}
