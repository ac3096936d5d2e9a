//! The metrics of viewers have the values that happened: how long events took, who is behind, what
//! waits, what was read, and how viewers came and went.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::event_reader::watch;
use crate::support::figures::{figure, value};
use crate::support::raw_connection::RawConnection;
use crate::support::socket_io::SocketIo;
use crate::support::waiting::wait_for;
use crate::support::websocket_frame::{CLOSE, FIN, frame, next_text, open, text};
use crate::support::world::{World, booking, id};

const LAG: &str = "seatwire_slowest_viewer_lag_events";
const OUTBOX: &str = "seatwire_outbox_bytes";
const PAGE_BYTES: &str = "seatwire_room_page_bytes";
const DELIVERED: &str = "seatwire_commit_to_viewer_seconds";

fn ask(connection: &mut RawConnection, event: &str, route: &Value) -> Value {
    connection.send(text(&json!({"event": event, "data": {"routeId": id(route)}}).to_string()));
    serde_json::from_str(&next_text(connection)).unwrap()
}

fn subscribe(connection: &mut RawConnection, route: &Value) {
    assert_eq!(ask(connection, "subscribe_route", route)["event"], "subscribed");
}

#[test]
fn events_are_timed_from_their_commit_to_the_sockets() {
    let world = World::new();
    let (route, other) = (world.some_route(), world.some_route());
    let count = format!("{DELIVERED}_count");
    let writes = || figure(&world.admin, "seatwire_room_writes_total");
    assert_eq!(figure(&world.admin, &count), 0.0);
    let mut viewer = open(world.server.port, "/seats");
    subscribe(&mut viewer, &route);
    // It pulls what it reads: it is not timed.
    let mut stream = watch(&world.nobody, id(&route), None);
    assert_eq!(stream.next().name, "subscribed");
    let (log, written) = (figure(&world.admin, "seatwire_room_log_bytes"), writes());
    for seat in 1..=3 {
        world.booked(&world.owner, &route, seat);
        assert!(next_text(&mut viewer).contains("seat_reserved"));
        assert_eq!(stream.seat_update()["seq"], seat);
    }
    wait_for("each write is counted", || figure(&world.admin, &count) == 3.0);
    assert_eq!(writes() - written, 3.0);
    // An event of this departure has some hundred bytes, and two forms of it were needed.
    let held = figure(&world.admin, "seatwire_room_log_bytes") - log;
    assert!((600.0..20_000.0).contains(&held), "{held} bytes for three events");

    let told = world.admin.get("/metrics");
    let bucket =
        |bound: &str| value(told.text(), &format!("{DELIVERED}_bucket{{le=\"{bound}\"}}")).unwrap();
    assert_eq!(bucket("+Inf"), 3.0, "{}", told.text());
    assert!(bucket("0.0005") <= bucket("0.01") && bucket("0.01") <= bucket("10"));
    let sum = value(told.text(), &format!("{DELIVERED}_sum")).unwrap();
    assert!(sum > 0.0 && sum < 3.0 * 60.0, "{sum} s");

    // A viewer of two routes is written to by itself, and is timed like any other.
    subscribe(&mut viewer, &other);
    world.booked(&world.owner, &other, 1);
    assert!(next_text(&mut viewer).contains("seat_reserved"));
    wait_for("the fourth is counted", || figure(&world.admin, &count) == 4.0);
}

#[test]
fn a_viewer_that_does_not_come_for_its_events_is_seen() {
    let world = World::new();
    let route = world.some_route();
    let mut quick = watch(&world.nobody, id(&route), None);
    assert_eq!(quick.next().name, "subscribed");
    let mut polling = SocketIo::connect(&world.nobody, &json!({}));
    polling.subscribe(id(&route), None);
    assert_eq!(figure(&world.admin, OUTBOX), 0.0);
    assert_eq!(figure(&world.admin, LAG), 0.0);

    let asked = json!(["get_seat_availability", {"routeId": id(&route)}]);
    polling.post(&format!("42/seats,{asked}"));
    wait_for("its answer waits", || figure(&world.admin, OUTBOX) > 0.0);
    let bytes = figure(&world.admin, OUTBOX);
    for seat in 1..=4 {
        world.booked(&world.owner, &route, seat);
        assert_eq!(quick.seat_update()["seq"], seat);
    }
    wait_for("it is four events behind", || figure(&world.admin, LAG) == 4.0);
    let answer = polling.packet();
    assert!(answer.starts_with(r#"42/seats,["seat_availability""#), "{answer}");
    let length = answer.len() as f64;
    // As a frame, of which a poll takes only what is in it.
    assert!((length..=length + 8.0).contains(&bytes), "{bytes} bytes for {length}");
    for seq in 1..=4 {
        assert_eq!(polling.event().1["seq"], seq);
    }
    assert_eq!(figure(&world.admin, LAG), 0.0);
    assert_eq!(figure(&world.admin, OUTBOX), 0.0);
}

/// Its socket is full of answers that it does not read; events come meanwhile, more than a log
/// keeps.
#[test]
fn a_viewer_whose_socket_is_full_is_seen_and_is_not_timed() {
    const ROUNDS: u16 = 200;
    let world = World::with(|launch| launch.setting("LIMIT_MESSAGE", "100000/s"));
    let route = world.some_route();
    // So that an answer is long.
    for seat in 2..=40 {
        world.booked(&world.agent, &route, seat);
    }
    let mut slow = open(world.server.port, "/seats");
    subscribe(&mut slow, &route);
    let asked = json!({"event": "get_seat_availability", "data": {"routeId": id(&route)}});
    let asked = text(&asked.to_string()).repeat(20);
    let mut answers = 0;
    while figure(&world.admin, OUTBOX) == 0.0 {
        slow.send(&asked);
        answers += 20;
        assert!(answers < 10_000, "no socket takes so much");
        let told = "seatwire_snapshots_total";
        let done = |text: &str| {
            let of = |source: &str| value(text, &format!("{told}{{source=\"{source}\"}}"));
            of("kept").zip(of("store")).map(|(kept, read)| kept + read)
        };
        wait_for("all are answered", || {
            done(world.admin.get("/metrics").text()) == Some(f64::from(answers))
        });
    }
    assert_eq!(figure(&world.admin, LAG), 0.0);
    let pages = || figure(&world.admin, "seatwire_room_pages_read_total");
    assert_eq!((pages(), figure(&world.admin, PAGE_BYTES)), (0.0, 0.0));
    for _ in 0..ROUNDS {
        let ticket = world.agent.post("/tickets", &booking(&route, 1)).ok(201);
        world.agent.call("DELETE", &format!("/tickets/{}", id(&ticket))).ok(200);
    }
    let events = world.seq(id(&route)) - 39;
    assert!(events > 512, "the log has them all: {events}");
    assert_eq!(figure(&world.admin, LAG), events as f64);
    for _ in 0..answers {
        assert!(next_text(&mut slow).starts_with(r#"{"event":"seat_availability""#));
    }
    for seq in 40..40 + events {
        let update: Value = serde_json::from_str(&next_text(&mut slow)).unwrap();
        assert_eq!(update["data"]["seq"], seq, "{update}");
    }
    assert!(pages() >= 1.0);
    // The pages that it needed are kept for the next: of some hundred bytes an event, 128 events
    // each.
    let kept = figure(&world.admin, PAGE_BYTES);
    let of_one_page = 128.0 * 100.0..128.0 * 2_000.0;
    assert!(of_one_page.start < kept && kept < pages() * of_one_page.end, "{kept} bytes");
    assert_eq!((figure(&world.admin, LAG), figure(&world.admin, OUTBOX)), (0.0, 0.0));
    assert_eq!(figure(&world.admin, &format!("{DELIVERED}_count")), 0.0);
    drop(slow);
    wait_for("nobody watches, and no page is kept", || figure(&world.admin, PAGE_BYTES) == 0.0);
}

#[test]
fn maps_and_the_ends_of_viewers_are_counted() {
    let world = World::new();
    let route = world.some_route();
    let snapshots = |source: &str| {
        figure(&world.admin, &format!("seatwire_snapshots_total{{source=\"{source}\"}}"))
    };
    let closed = |reason: &str| {
        figure(&world.admin, &format!("seatwire_viewers_closed_total{{reason=\"{reason}\"}}"))
    };
    let mut viewer = open(world.server.port, "/seats");
    subscribe(&mut viewer, &route);
    assert_eq!((snapshots("store"), snapshots("kept")), (0.0, 0.0));
    for _ in 0..3 {
        let answer = ask(&mut viewer, "get_seat_availability", &route);
        assert_eq!(answer["event"], "seat_availability");
    }
    assert_eq!((snapshots("store"), snapshots("kept")), (1.0, 2.0));
    world.booked(&world.owner, &route, 1);
    assert!(next_text(&mut viewer).contains("seat_reserved"));
    ask(&mut viewer, "get_seat_availability", &route);
    assert_eq!((snapshots("store"), snapshots("kept")), (2.0, 2.0));

    assert_eq!((closed("peer"), closed("protocol")), (0.0, 0.0));
    viewer.send(frame(FIN | CLOSE, &1_000_u16.to_be_bytes()));
    viewer.rest();
    wait_for("it has left", || closed("peer") == 1.0);
    let mut wrong = open(world.server.port, "/seats");
    // A reserved bit.
    wrong.send(frame(FIN | 0x41, b"{}"));
    wrong.rest();
    wait_for("it was closed", || closed("protocol") == 1.0);
    assert_eq!(closed("peer"), 1.0);
}

#[test]
fn each_way_to_come_back_is_counted() {
    let world = World::with(|launch| launch.setting("RECOVERY_EVENTS", "5"));
    let route = world.some_route();
    let outcomes = || {
        let told = world.admin.get("/metrics");
        ["recovered", "unknown", "foreign", "unrestorable", "given_up"].map(|outcome| {
            value(told.text(), &format!("seatwire_recoveries_total{{outcome=\"{outcome}\"}}"))
        })
    };
    let counts = |expected: [f64; 5]| assert_eq!(outcomes(), expected.map(Some));
    counts([0.0; 5]);
    // A session of the owner's with one event, and what its client shows when it comes back.
    let mut seats = 1..;
    let mut session = || {
        let mut socket = SocketIo::connect(&world.owner, &json!({"recovery": true}));
        assert_eq!(socket.subscribe(id(&route), None).0, "subscribed");
        world.booked(&world.owner, &route, seats.next().unwrap());
        let (_, _, offset) = socket.event();
        let auth = json!({"pid": socket.pid, "offset": offset.unwrap(), "recovery": true});
        (socket, auth)
    };
    let (first, shown) = session();
    // A client that begins for the first time does not come back.
    counts([0.0; 5]);
    let again = SocketIo::connect(&world.owner, &shown);
    assert_eq!(again.sid, first.sid);
    counts([1.0, 0.0, 0.0, 0.0, 0.0]);

    let (_, mut shown) = session();
    let other = SocketIo::connect(&world.stranger, &shown);
    counts([1.0, 0.0, 1.0, 0.0, 0.0]);
    // A secret that nobody was given.
    let secret: String = shown["pid"].as_str().unwrap().chars().rev().collect();
    shown["pid"] = json!(secret);
    SocketIo::connect(&world.owner, &shown);
    counts([1.0, 1.0, 1.0, 0.0, 0.0]);

    let (late, shown) = session();
    for seat in 30..36 {
        world.booked(&world.agent, &route, seat);
    }
    let anew = SocketIo::connect(&world.owner, &shown);
    assert_ne!(anew.sid, late.sid);
    counts([1.0, 1.0, 1.0, 1.0, 0.0]);

    // A session that cannot be written down: its client gets all events, and begins anew later.
    let database = rusqlite::Connection::open(world.folder.path().join("s.db")).unwrap();
    database.busy_timeout(Duration::from_secs(10)).unwrap();
    let mut unkept = SocketIo::connect(&world.owner, &json!({"recovery": true}));
    database.execute_batch("ALTER TABLE viewer_sessions RENAME TO sessions_aside").unwrap();
    assert_eq!(unkept.subscribe(id(&route), None).0, "subscribed");
    counts([1.0, 1.0, 1.0, 1.0, 1.0]);
    database.execute_batch("ALTER TABLE sessions_aside RENAME TO viewer_sessions").unwrap();
    world.booked(&world.agent, &route, 38);
    let (event, _, offset) = unkept.event();
    assert_eq!(event, "seat_update");
    let shown = json!({"pid": unkept.pid, "offset": offset, "recovery": true});
    let anew = SocketIo::connect(&world.owner, &shown);
    assert_ne!(anew.sid, unkept.sid);
    counts([1.0, 2.0, 1.0, 1.0, 1.0]);
    drop(other);
}
