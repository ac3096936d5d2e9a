//! A standby of PostgreSQL takes over: the servers find it by themselves, and their viewers begin
//! anew, although it has all that was sold.

use serde_json::json;
use throwaway_postgres::Server;

use crate::support::api::Api;
use crate::support::event_reader::watch;
use crate::support::running_server::Launch;
use crate::support::socket_io::SocketIo;
use crate::support::two_servers::on;
use crate::support::waiting::wait_for;
use crate::support::world::{World, booking, id};

#[test]
fn where_a_standby_has_taken_over_viewers_begin_anew() {
    let mut primary = Server::start().expect("PostgreSQL starts");
    let standby = Server::standby_behind(primary.port()).expect("a standby starts");
    let ports = [primary.port(), standby.port()];
    let url = format!("postgres://seatwire@127.0.0.1:{},127.0.0.1:{}/postgres", ports[0], ports[1]);
    let world = World::with(|launch| on(&url)(launch));
    let other = on(&url)(Launch::own(world.folder.path())).run();
    let there = Api::new(other.url());
    let both = [&world.nobody, &there];
    for api in both {
        wait_for("they hear each other", || api.get("/health/ready").json()["fanOut"] == "up");
    }
    let route = world.some_route();
    let streams = both.map(|api| watch(api, id(&route), None));
    let mut socket = SocketIo::connect(&there, &json!({"recovery": true}));
    socket.subscribe(id(&route), None);
    world.booked(&world.owner, &route, 1);
    let (_, _, offset) = socket.event();

    let written = primary.ask("SELECT pg_current_wal_flush_lsn()").expect("its place");
    let has_it = format!("SELECT pg_last_wal_replay_lsn() >= '{written}'");
    wait_for("the standby has it", || standby.ask(&has_it).is_ok_and(|answer| answer == "t"));
    primary.kill().expect("it ends");
    standby.promote().expect("it takes over");
    streams.into_iter().for_each(|stream| stream.ends());
    wait_for("the socket is closed", || socket.has_ended());
    for api in both {
        wait_for("they serve again", || api.get("/health/ready").status == 200);
    }

    let auth = json!({"pid": socket.pid, "offset": offset, "recovery": true});
    assert_ne!(SocketIo::connect(&there, &auth).sid, socket.sid, "of another epoch");
    let mut streams = both.map(|api| watch(api, id(&route), None));
    for stream in &mut streams {
        let first = stream.next();
        assert_eq!((first.id, first.name.as_str()), (Some(1), "subscribed"));
    }
    world.owner.post("/tickets", &booking(&route, 1)).problem(409, "seat_taken");
    world.owner.post("/tickets", &booking(&route, 2)).ok(201);
    for stream in &mut streams {
        assert_eq!(stream.seat_update()["seq"], 2);
    }
}
