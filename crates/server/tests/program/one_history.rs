//! Three servers on one PostgreSQL show the same sequence to all viewers, and their answers
//! together are one history of each seat.

use serde_json::json;

use crate::support::api::Api;
use crate::support::record::Record;
use crate::support::running_server::{Launch, RunningServer};
use crate::support::two_servers::{Two, on};
use crate::support::waiting::wait_for;
use crate::support::websocket_frame::{self, next_text, text};
use crate::support::world::{booking, id};

const VIEWERS_OF_EACH: usize = 500;
const SEATS: u16 = 40;

struct Three {
    two: Two,
    third: RunningServer,
}

impl Three {
    fn new() -> Self {
        let open = |launch: Launch| launch.setting("RATE_LIMIT", "off");
        let two = Two::with(open);
        let third = open(on(&two.database.url)(Launch::own(two.world.folder.path()))).run();
        let api = Api::new(third.url());
        wait_for("they hear each other", || api.get("/health/ready").json()["fanOut"] == "up");
        Self { two, third }
    }

    fn ports(&self) -> [u16; 3] {
        [self.two.world.server.port, self.two.other.port, self.third.port]
    }

    /// The same caller at each server.
    fn all(&self, who: &Api) -> [Api; 3] {
        let [one, two] = self.two.both(who);
        let third = Api::new(self.third.url());
        let third = who
            .token
            .as_ref()
            .map_or_else(|| third.clone(), |token| third.with_token(token.clone()));
        [one, two, third]
    }
}

#[test]
fn five_hundred_viewers_of_each_of_three_servers_see_one_sequence() {
    let three = Three::new();
    let route = three.two.world.some_route();
    let subscribe =
        json!({"event": "subscribe_route", "data": {"routeId": id(&route)}}).to_string();
    let mut viewers = Vec::new();
    for viewer in 0..3 * VIEWERS_OF_EACH {
        let mut viewer = websocket_frame::open(three.ports()[viewer % 3], "/seats");
        viewer.send(text(&subscribe));
        viewers.push(viewer);
    }
    for viewer in &mut viewers {
        let told = next_text(viewer);
        assert!(told.contains(r#""subscribed""#) && told.contains(r#""seq":0"#), "{told}");
    }
    std::thread::scope(|scope| {
        let (owners, route) = (three.all(&three.two.world.owner), &route);
        for (server, owner) in owners.into_iter().enumerate() {
            let seats = (1..=SEATS).filter(move |seat| usize::from(*seat) % 3 == server);
            scope.spawn(move || {
                for seat in seats {
                    owner.post("/tickets", &booking(route, seat)).ok(201);
                }
            });
        }
    });
    let mut first: Option<Vec<String>> = None;
    for viewer in &mut viewers {
        let seen: Vec<_> = (0..SEATS).map(|_| next_text(viewer)).collect();
        assert_eq!(&seen, first.get_or_insert_with(|| seen.clone()));
    }
    let seen = first.expect("somebody");
    for (seq, told) in (1..).zip(&seen) {
        let told: serde_json::Value = serde_json::from_str(told).expect("JSON");
        assert_eq!((&told["event"], &told["data"]["seq"]), (&json!("seat_update"), &json!(seq)));
    }
}

/// Few seats, so that most requests compete: each answer was right at some moment between its
/// request and itself, and those moments have one order, the store's.
#[test]
fn what_three_servers_answer_at_once_is_one_history_of_each_seat() {
    let three = Three::new();
    let record = Record::of(&three.two.world.some_route());
    std::thread::scope(|scope| {
        for (server, owner) in three.all(&three.two.world.owner).into_iter().enumerate() {
            for buyer in 0..3_u16 {
                let (record, owner) = (&record, owner.clone());
                scope.spawn(move || {
                    let by = format!("buyer {buyer} of server {server}");
                    let mut held = Vec::new();
                    for step in 0..60_u16 {
                        held.extend(record.book(&by, &owner, 1 + (step * 7 + buyer) % 5));
                        if step % 3 == buyer
                            && let Some(ticket) = held.pop()
                        {
                            record.cancel(&by, &owner, &ticket);
                        }
                        if step % 5 == 0 {
                            record.read(&by, &owner);
                        }
                    }
                });
            }
        }
    });
    let (changes, refusals, maps) = record.judged_as_one_history(&three.two.world.nobody);
    assert!(changes > 20 && refusals > 100, "{changes} {refusals}");
    assert_eq!(maps, 9 * 12);
}
