//! A reader of `GET /routes/{id}/events`.

use std::io::BufRead;

use serde_json::Value;

use super::api::Api;

#[derive(Debug)]
pub struct EventReader<R> {
    lines: R,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub name: String,
    pub id: Option<u64>,
    pub data: Value,
}

/// Watches a route, after `since` or from now on. Events that come later than the caller's patience
/// fail the test.
pub fn watch(api: &Api, route_id: &str, since: Option<u64>) -> EventReader<impl BufRead + use<>> {
    let since = since.map(|seq| seq.to_string());
    let headers: Vec<_> = since.iter().map(|seq| ("last-event-id", seq.as_str())).collect();
    EventReader { lines: api.stream(&format!("/routes/{route_id}/events"), &headers) }
}

/// Watches a route with this query and these headers.
pub fn watch_with(
    api: &Api,
    route_id: &str,
    query: &str,
    headers: &[(&str, &str)],
) -> EventReader<impl BufRead + use<>> {
    EventReader { lines: api.stream(&format!("/routes/{route_id}/events{query}"), headers) }
}

impl<R: BufRead> EventReader<R> {
    /// The next event; comments that keep the connection alive are skipped.
    pub fn next(&mut self) -> Event {
        self.next_before_end().expect("the stream goes on")
    }

    /// As [`EventReader::next`]; `None` when the server has ended the stream.
    pub fn next_before_end(&mut self) -> Option<Event> {
        let mut event = Event { name: String::new(), id: None, data: Value::Null };
        loop {
            let mut line = String::new();
            let length = self.lines.read_line(&mut line).expect("an event in time");
            if length == 0 {
                return None;
            }
            match line.trim_end_matches('\n').split_once(": ") {
                Some(("event", name)) => event.name = name.to_owned(),
                Some(("id", id)) => event.id = Some(id.parse().expect("a number")),
                Some(("data", data)) => event.data = serde_json::from_str(data).expect("JSON"),
                Some(("", _)) => {}
                None if line == "\n" && event.name.is_empty() => {}
                None if line == "\n" => return Some(event),
                _ => panic!("not a line of an event: {line:?}"),
            }
        }
    }

    /// Reads until the server ends the stream.
    pub fn ends(mut self) {
        let mut line = String::new();
        while self.lines.read_line(&mut line).expect("the end in time") > 0 {
            line.clear();
        }
    }

    /// The next `seat_update`.
    pub fn seat_update(&mut self) -> Value {
        let event = self.next();
        assert_eq!(event.name, "seat_update", "{event:?}");
        assert_eq!(event.id, event.data["seq"].as_u64(), "{event:?}");
        event.data
    }
}
