//! Several servers on a database that goes back to an older state, or becomes another one: no
//! viewer resumes from events that never happened there.

use serde_json::json;

use crate::support::event_reader::{Event, watch};
use crate::support::socket_io::SocketIo;
use crate::support::two_servers::Two;
use crate::support::waiting::wait_for;
use crate::support::world::{booking, id};

/// As after a failover to a standby that lacked the last group: its number and its place are used
/// again.
#[test]
fn where_the_database_went_back_viewers_begin_anew_and_see_the_new_history() {
    let two = Two::new();
    let route = two.world.some_route();
    let [here, there] = two.both(&two.world.nobody);
    let owners = two.both(&two.world.owner);
    two.world.booked(&two.world.owner, &route, 1);
    let mut streams = [watch(&here, id(&route), None), watch(&there, id(&route), None)];
    streams.iter_mut().for_each(|stream| assert_eq!(stream.next().id, Some(1)));
    let mut socket = SocketIo::connect(&there, &json!({"recovery": true}));
    assert_eq!(socket.subscribe(id(&route), None).0, "subscribed");
    owners[0].post("/tickets", &booking(&route, 2)).ok(201);
    streams.iter_mut().for_each(|stream| assert_eq!(stream.seat_update()["seatNumber"], 2));
    let (_, update, offset) = socket.event();
    assert_eq!((&update["seq"], update["seatNumber"].as_u64()), (&json!(2), Some(2)));

    two.database.run(
        "BEGIN; \
         CREATE TEMPORARY TABLE gone ON COMMIT DROP AS \
             SELECT ticket_id FROM route_events ORDER BY position DESC LIMIT 1; \
         DELETE FROM seat_legs WHERE holder_id IN (SELECT ticket_id FROM gone); \
         DELETE FROM tickets WHERE id IN (SELECT ticket_id FROM gone); \
         DELETE FROM route_events WHERE ticket_id IN (SELECT ticket_id FROM gone); \
         DELETE FROM groups WHERE number = (SELECT max(number) FROM groups); \
         COMMIT",
    );
    // Places are used again, for another seat.
    owners[0].post("/tickets", &booking(&route, 3)).ok(201);
    streams.into_iter().for_each(|stream| stream.ends());
    wait_for("the socket is closed", || socket.has_ended());

    // A client that reconnects with its old offset begins anew.
    let auth = json!({"pid": socket.pid, "offset": offset, "recovery": true});
    let mut again = SocketIo::connect(&there, &auth);
    assert_ne!(again.sid, socket.sid);
    assert_eq!(again.subscribe(id(&route), None).1["seq"], 2);
    // A client that says only how far it got has seen a second event that never happened here: it
    // gets the map.
    let mut streams = [watch(&here, id(&route), Some(2)), watch(&there, id(&route), Some(2))];
    for stream in &mut streams {
        assert_eq!(stream.next().name, "subscribed");
        assert_eq!(taken_at(&stream.next()), (2, vec![1, 3]));
    }
    owners[1].post("/tickets", &booking(&route, 2)).ok(201);
    for stream in &mut streams {
        assert_eq!(stream.seat_update()["seatNumber"], 2);
    }
    let (_, update, _) = again.event();
    assert_eq!((&update["seq"], update["seatNumber"].as_u64()), (&json!(3), Some(2)));
    for server in [&two.world.server, &two.other] {
        assert!(server.log().contains("begin anew"), "it says so");
    }
}

/// As after a failover that lost only groups that these servers had not received yet: the chain
/// continues, but what other servers' viewers saw up to a place may be missing from it.
#[test]
fn where_another_database_has_taken_over_viewers_begin_anew() {
    let two = Two::new();
    let route = two.world.some_route();
    let nobody = two.both(&two.world.nobody);
    let streams = nobody.each_ref().map(|api| watch(api, id(&route), None));
    let mut socket = SocketIo::connect(&nobody[1], &json!({"recovery": true}));
    socket.subscribe(id(&route), None);
    two.world.booked(&two.world.owner, &route, 1);
    let (_, _, offset) = socket.event();
    two.database.run("UPDATE epoch SET number = (number + 1) % 4294967296");
    streams.into_iter().for_each(|stream| stream.ends());
    let auth = json!({"pid": socket.pid, "offset": offset, "recovery": true});
    assert_ne!(SocketIo::connect(&nobody[1], &auth).sid, socket.sid);
    let mut streams = nobody.each_ref().map(|api| watch(api, id(&route), Some(1)));
    for stream in &mut streams {
        assert_eq!(stream.next().name, "subscribed");
        assert_eq!(taken_at(&stream.next()), (1, vec![1]));
    }
    two.world.booked(&two.world.owner, &route, 2);
    for stream in &mut streams {
        assert_eq!(stream.seat_update()["seq"], 2);
    }
}

/// A viewer may sleep through two failovers: that it got as far as both of the last two histories
/// are the same does not show that it comes from one of these.
#[test]
fn a_viewer_that_slept_through_two_changes_of_history_gets_the_map() {
    let two = Two::new();
    let route = two.world.some_route();
    let nobody = two.both(&two.world.nobody);
    two.world.booked(&two.world.owner, &route, 1);
    let gone_back = |change: &str| {
        let mut streams = nobody.each_ref().map(|api| watch(api, id(&route), None));
        streams.iter_mut().for_each(|stream| assert_eq!(stream.next().name, "subscribed"));
        two.database.run(change);
        two.database.run("UPDATE epoch SET number = (number + 1) % 4294967296");
        streams.into_iter().for_each(|stream| stream.ends());
    };
    gone_back("SELECT 1");
    // The second history is long known, and the same up to here.
    gone_back("UPDATE groups SET at = at - interval '1 hour'");
    let mut streams = nobody.each_ref().map(|api| watch(api, id(&route), Some(1)));
    for stream in &mut streams {
        assert_eq!(stream.next().name, "subscribed");
        assert_eq!(taken_at(&stream.next()), (1, vec![1]));
    }
}

/// A session of the new history is recovered like any other: even while its client still sends an
/// offset of the history before, and without the map, if its client also says how far it got.
#[test]
fn a_session_of_the_new_history_is_recovered_in_it() {
    let two = Two::new();
    let route = two.world.some_route();
    let [here, there] = two.both(&two.world.nobody);
    let streams = [watch(&here, id(&route), None), watch(&there, id(&route), None)];
    let mut socket = SocketIo::connect(&there, &json!({"recovery": true}));
    socket.subscribe(id(&route), None);
    two.world.booked(&two.world.owner, &route, 1);
    let (_, _, before) = socket.event();
    two.database.run("UPDATE epoch SET number = (number + 1) % 4294967296");
    streams.into_iter().for_each(|stream| stream.ends());

    // It begins anew, and loses the connection before anything happens.
    let auth = json!({"pid": socket.pid, "offset": before, "recovery": true});
    let mut anew = SocketIo::connect(&there, &auth);
    assert_ne!(anew.sid, socket.sid);
    assert_eq!(anew.subscribe(id(&route), None).1["seq"], 1);
    let auth = json!({"pid": anew.pid, "offset": before, "recovery": true});
    let mut again = SocketIo::connect(&here, &auth);
    assert_eq!(again.sid, anew.sid, "it is recovered");
    two.world.booked(&two.world.owner, &route, 2);
    let (_, update, offset) = again.event();
    assert_eq!(update["seq"], 2);

    let auth = json!({"pid": again.pid, "offset": offset, "recovery": true});
    let mut last = SocketIo::connect(&there, &auth);
    assert_eq!(last.sid, anew.sid, "it is recovered");
    let told = last.subscribe(id(&route), Some(2));
    assert_eq!((told.0.as_str(), &told.1["seq"]), ("subscribed", &json!(2)));
    two.world.booked(&two.world.owner, &route, 3);
    let (event, update, _) = last.event();
    assert_eq!((event.as_str(), &update["seq"]), ("seat_update", &json!(3)), "{update}");
}

/// The `seq` of a snapshot, and its taken seats.
fn taken_at(snapshot: &Event) -> (u64, Vec<u64>) {
    assert_eq!(snapshot.name, "seat_snapshot", "{snapshot:?}");
    let seats = snapshot.data["seats"].as_array().expect("seats").iter();
    let taken = seats.filter(|seat| seat["status"] != "AVAILABLE");
    let mut taken: Vec<_> = taken.filter_map(|seat| seat["seatNumber"].as_u64()).collect();
    taken.sort_unstable();
    (snapshot.data["seq"].as_u64().expect("a number"), taken)
}
