//! Servers whose own clocks are hours away from the database's clock, which alone they use; and a
//! database whose clock is set while they sell.

use serde_json::{Value, json};

use crate::nodes::{seqs, up_to};
use crate::support::clock::{minutes, now};
use crate::support::event_reader::watch;
use crate::support::postgres::Database;
use crate::support::two_servers::Two;
use crate::support::waiting::wait_for;
use crate::support::world::{booking, id, route_form, text_at};

/// The machines of both servers are three hours behind the database's, or ahead of it.
#[test]
fn holds_end_and_departures_close_by_the_databases_clock_alone() {
    for (ahead, hours) in [("3 hours", 3), ("-3 hours", -3)] {
        let two =
            Two::on(Database::with_clock(ahead), |launch| launch.setting("HOLD_SECONDS", "2"));
        let database_now = || now() + minutes(60 * hours);
        let gone = json!(two.world.bus("34 GON 01"));
        let gone = route_form(id(&gone), database_now() - minutes(60));
        two.world.admin.post("/routes", &gone).problem(400, "validation_failed");
        let route = two.world.route(database_now() + minutes(60));
        let search = format!("/routes/search?fromCity={}&toCity=Ankara", "%C4%B0stanbul");
        let [here, there] = two.both(&two.world.nobody);
        for api in [&here, &there] {
            let found = api.get(&search).ok(200);
            assert_eq!(found["data"].as_array().map(Vec::len), Some(1), "{ahead}: {found}");
        }
        let mut stream = watch(&there, id(&route), None);
        assert_eq!(stream.next().name, "subscribed");
        for (seq, owner) in (1..).step_by(3).zip(two.both(&two.world.owner)) {
            let ticket = owner.post("/tickets", &booking(&route, 7)).ok(201);
            let held_until: jiff::Timestamp = text_at(&ticket, "expiresAt").parse().unwrap();
            assert!(held_until > database_now() - minutes(5), "{ahead}: {ticket}");
            assert!(held_until < database_now() + minutes(5), "{ahead}: {ticket}");
            let told: Vec<_> = (0..3).map(|_| stream.seat_update()).collect();
            assert_eq!(seqs(&told), (seq..seq + 3).collect::<Vec<_>>());
            assert_eq!(told[1]["metadata"]["reason"], "expired", "{ahead}: {told:?}");
        }
        wait_for("a word about the clock", || {
            two.other.log().contains("this machine's clock is not the database's")
        });
    }
}

/// Ahead, and back again: sales stay in their order, and their times do not go back.
#[test]
fn a_database_whose_clock_is_set_goes_on_selling_in_order() {
    let two = Two::on(Database::with_clock("0"), |launch| launch);
    let route = two.world.some_route();
    let [here, there] = two.both(&two.world.nobody);
    let mut streams = [watch(&here, id(&route), None), watch(&there, id(&route), None)];
    streams.iter_mut().for_each(|stream| assert_eq!(stream.next().name, "subscribed"));
    // What they sell is paid: unpaid tickets would expire when the clock is set ahead.
    let agents = two.both(&two.world.agent);
    let set = |ahead: &str, times: usize| {
        two.database.set_clock(ahead);
        for server in [&two.world.server, &two.other] {
            let told = || server.log().matches("the database's clock was set").count();
            wait_for("a word about the clock", || told() == times);
        }
    };
    for seat in 1..=30_u16 {
        match seat {
            // Before the servers have looked at the clock, and after.
            6 => two.database.set_clock("5 hours"),
            11 => set("5 hours", 1),
            21 => set("0", 2),
            _ => {}
        }
        agents[usize::from(seat % 2)].post("/tickets", &booking(&route, seat)).ok(201);
    }
    for stream in &mut streams {
        let told: Vec<Value> = (0..30).map(|_| stream.seat_update()).collect();
        assert_eq!(seqs(&told), up_to(30));
        let times = told.iter().map(|update| text_at(update, "timestamp").to_owned());
        assert!(times.is_sorted(), "{told:?}");
    }
    // Old logins stay good, and both servers accept a new one.
    for agent in &agents {
        agent.get("/auth/me").ok(200);
    }
}
