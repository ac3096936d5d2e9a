//! A stop moves viewers of every kind one after another: those whose turn has not come are still
//! served.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

use crate::privileges_end::{plain, socket_io};
use crate::support::event_reader::watch;
use crate::support::raw_connection::RawConnection;
use crate::support::websocket_frame::{CLOSE, next};
use crate::support::world::{World, booking, id};

/// The turn of the second of two viewers comes after half of this time: long after the test.
const SPREAD_SECONDS: &str = "300";

/// A viewer sees everything within this time.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    SocketIo,
    WebSocket,
    Stream,
}

const KINDS: [Kind; 3] = [Kind::SocketIo, Kind::WebSocket, Kind::Stream];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Event,
    End,
}

/// Reports what a viewer sees first; the viewer is connected when this returns.
fn viewer(
    world: &World,
    route: &serde_json::Value,
    kind: Kind,
    told: Sender<(Kind, Seen)>,
) -> JoinHandle<()> {
    let token = world.owner.token.clone().unwrap();
    let mut look: Box<dyn FnMut() -> Seen + Send> = match kind {
        Kind::Stream => {
            let mut reader = watch(&world.nobody, id(route), None);
            assert_eq!(reader.next().name, "subscribed");
            Box::new(move || reader.next_before_end().map_or(Seen::End, |_| Seen::Event))
        }
        Kind::SocketIo => frames(socket_io(world, route, &token)),
        Kind::WebSocket => frames(plain(world, route, &token)),
    };
    // The test may have ended already.
    spawn(move || {
        let _ = told.send((kind, look()));
    })
}

fn frames(mut connection: RawConnection) -> Box<dyn FnMut() -> Seen + Send> {
    Box::new(move || {
        loop {
            match next(&mut connection) {
                Some((CLOSE, _)) | None => return Seen::End,
                Some((_, payload)) if payload.windows(11).any(|text| text == b"seat_update") => {
                    return Seen::Event;
                }
                Some(_) => {}
            }
        }
    })
}

/// One viewer of each kind sees this next, and the others see nothing.
#[track_caller]
fn each_kind_sees(seen: Seen, told: &Receiver<(Kind, Seen)>) {
    let next = || told.recv_timeout(PATIENCE).expect("every kind in time");
    let who: BTreeSet<_> = KINDS
        .map(|_| {
            let (kind, what) = next();
            assert_eq!(what, seen, "{kind:?}");
            kind
        })
        .into();
    assert_eq!(who, KINDS.into(), "each once");
}

#[test]
fn viewers_of_every_kind_are_moved_one_after_the_other() {
    let world = World::with(|launch| launch.setting("STOP_SPREAD_SECONDS", SPREAD_SECONDS));
    let route = world.some_route();
    let (tell, told) = channel();
    let two_of_each = KINDS.iter().chain(&KINDS);
    let viewers: Vec<_> =
        two_of_each.map(|kind| viewer(&world, &route, *kind, tell.clone())).collect();
    // A booking that is under way when the stop begins: the server has asked for its body.
    let body = booking(&route, 1).to_string();
    let mut booker = RawConnection::open(world.server.port);
    booker.send(format!(
        "POST /tickets HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        world.agent.token.as_deref().unwrap(),
        body.len()
    ));
    assert!(booker.head().starts_with("HTTP/1.1 100 "));

    world.server.ask_to_stop();
    each_kind_sees(Seen::End, &told);
    booker.send(&body);
    assert!(booker.head().starts_with("HTTP/1.1 201 "));
    // The other viewers, which are still connected, get its sale.
    each_kind_sees(Seen::Event, &told);

    world.server.kill();
    viewers.into_iter().for_each(|viewer| viewer.join().unwrap());
}
