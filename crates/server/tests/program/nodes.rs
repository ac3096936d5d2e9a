//! Several servers on one PostgreSQL are one system: what one sells, the viewers of all see, in one
//! order, whatever happens to a server or a connection meanwhile.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::clock::{minutes, now, on_day};
use crate::support::event_reader::{EventReader, watch};
use crate::support::figures::figure;
use crate::support::journeys::Journeys;
use crate::support::postgres::Database;
use crate::support::record::Record;
use crate::support::running_server::Launch;
use crate::support::socket_io::SocketIo;
use crate::support::two_servers::{Two, on};
use crate::support::waiting::wait_for;
use crate::support::websocket_frame::{self, next_text, text};
use crate::support::world::{ADMIN_EMAIL, World, booking, id, log_in, text_at};

/// Ends the connections by which servers notify each other.
const DEAF: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
    WHERE datname = current_database() AND pid <> pg_backend_pid() \
    AND query LIKE '%pg_notify(%seatwire_groups%'";

pub fn seqs(updates: &[Value]) -> Vec<u64> {
    updates.iter().map(|update| update["seq"].as_u64().expect("a number")).collect()
}

pub fn up_to(count: u64) -> Vec<u64> {
    (1..=count).collect()
}

#[test]
fn servers_that_start_at_once_on_an_empty_database_all_start() {
    let database = Database::new();
    let folder = tempfile::tempdir().expect("a folder");
    let servers = std::thread::scope(|scope| {
        let start = || {
            let launch = on(&database.url)(Launch::own(folder.path()));
            launch.setting("DEMO", "true").run()
        };
        let starting: Vec<_> = (0..3).map(|_| scope.spawn(start)).collect();
        starting.into_iter().map(|one| one.join().expect("it starts")).collect::<Vec<_>>()
    });
    for server in &servers {
        let admin = log_in(&Api::new(server.url()), ADMIN_EMAIL);
        let found = admin.get("/users?role=ADMIN").ok(200);
        let emails = found.as_array().expect("a list").iter();
        assert_eq!(emails.filter(|user| user["email"] == ADMIN_EMAIL).count(), 1, "{found}");
    }
}

#[test]
fn what_one_server_sells_the_viewers_of_both_see_in_one_order() {
    let two = Two::new();
    let route = two.world.some_route();
    let route_id = id(&route);
    let [here, there] = two.both(&two.world.nobody);
    let mut streams = [watch(&here, route_id, None), watch(&there, route_id, None)];
    streams.iter_mut().for_each(|stream| assert_eq!(stream.next().name, "subscribed"));
    let mut plain = websocket_frame::open(two.other.port, "/seats");
    let subscribe = json!({"event": "subscribe_route", "data": {"routeId": route_id}});
    plain.send(text(&subscribe.to_string()));
    assert!(next_text(&mut plain).contains("subscribed"));
    let mut socket = SocketIo::connect(&there, &json!({"recovery": true}));
    assert_eq!(socket.subscribe(route_id, None).0, "subscribed");

    let owners = two.both(&two.world.owner);
    for seat in 1..=20_u16 {
        owners[usize::from(seat % 2)].post("/tickets", &booking(&route, seat)).ok(201);
    }
    let seen = streams.each_mut().map(|stream| (0..20).map(|_| stream.seat_update()).collect());
    let [seen_here, seen_there]: [Vec<Value>; 2] = seen;
    assert_eq!(seqs(&seen_here), up_to(20));
    assert_eq!(seen_here, seen_there);
    for seen in &seen_here {
        let told: Value = serde_json::from_str(&next_text(&mut plain)).expect("JSON");
        assert_eq!((&told["event"], &told["data"]), (&json!("seat_update"), seen));
        let (event, data, offset) = socket.event();
        assert_eq!((event.as_str(), &data), ("seat_update", seen));
        assert!(offset.is_some());
    }
    // A map that is requested there is the newest, even right after a sale here.
    for seat in 21..=30_u16 {
        owners[0].post("/tickets", &booking(&route, seat)).ok(201);
        let ask = json!({"event": "get_seat_availability", "data": {"routeId": route_id}});
        plain.send(text(&ask.to_string()));
        let taken = loop {
            let told: Value = serde_json::from_str(&next_text(&mut plain)).expect("JSON");
            if told["event"] == "seat_availability" {
                break told["data"]["seq"].as_u64();
            }
        };
        assert_eq!(taken, Some(u64::from(seat)));
    }
}

#[test]
fn what_another_server_sells_is_timed_where_its_viewers_are() {
    let two = Two::new();
    let route = two.world.some_route();
    let admins = two.both(&two.world.admin);
    let counts =
        || admins.each_ref().map(|admin| figure(admin, "seatwire_commit_to_viewer_seconds_count"));
    let mut viewer = websocket_frame::open(two.other.port, "/seats");
    let subscribe = json!({"event": "subscribe_route", "data": {"routeId": id(&route)}});
    viewer.send(text(&subscribe.to_string()));
    assert!(next_text(&mut viewer).contains("subscribed"));
    assert_eq!(counts(), [0.0, 0.0]);
    for seat in 1..=3 {
        two.world.booked(&two.world.owner, &route, seat);
        assert!(next_text(&mut viewer).contains("seat_reserved"));
    }
    wait_for("each write is counted there", || counts()[1] == 3.0);
    assert_eq!(counts()[0], 0.0, "nobody watches here");
    let sum = figure(&admins[1], "seatwire_commit_to_viewer_seconds_sum");
    assert!(sum.is_finite() && sum >= 0.0, "{sum}");
}

/// One ticket, a family of four, and four there and four back, by both servers at once: each seat
/// is sold once, and all answers together are one history of each seat.
#[test]
fn seats_that_both_servers_race_for_are_each_sold_once() {
    let two = Two::new();
    let [out, back] = [two.world.route(on_day(3, 9, 0)), two.world.route(on_day(5, 9, 0))];
    let owners = two.both(&two.world.owner);
    let watchers = two.both(&two.world.nobody);
    let alone = two.world.some_route();
    let mut streams = watchers.each_ref().map(|api| watch(api, id(&alone), None));
    streams.iter_mut().for_each(|stream| assert_eq!(stream.next().name, "subscribed"));
    let (record, journeys) = (Record::of(&alone), Journeys::of([&out, &back]));
    let sold = std::thread::scope(|scope| {
        let (record, journeys, owners) = (&record, &journeys, &owners);
        let buyers: Vec<_> = (0..8_u16)
            .map(|buyer| {
                scope.spawn(move || {
                    let server = usize::from(buyer % 2);
                    let (owner, by) = (&owners[server], format!("{buyer} at server {server}"));
                    let mut sold = [0_u64; 2];
                    for step in 0..125_u16 {
                        let seat = 1 + (step + 5 * buyer) % 40;
                        sold[0] += u64::from(record.book(&by, owner, seat).is_some());
                        if step % 4 == 0 {
                            // Families overlap: at most ten of them fit on each route.
                            let (first, with_return) = (1 + (step + buyer) % 37, step % 8 == 0);
                            if journeys.book(&by, owner, (first, 4), with_return) {
                                sold[1] += 1 + u64::from(with_return);
                            }
                        }
                        if step % 25 == buyer {
                            record.read(&by, owner);
                            journeys.read(&by, owner);
                        }
                    }
                    sold
                })
            })
            .collect();
        buyers
            .into_iter()
            .map(|buyer| buyer.join().expect("it sells"))
            .fold([0; 2], |all, one| [all[0] + one[0], all[1] + one[1]])
    });
    assert_eq!(sold[0], 40, "a thousand bookings of forty seats");
    let seqs_of = [&out, &back].map(|route| two.world.seq(id(route)));
    assert_eq!(seqs_of.iter().sum::<u64>(), sold[1] * 4, "each family whole");
    assert_eq!(seqs_of[0] % 4 + seqs_of[1] % 4, 0);
    let seen = streams.each_mut().map(|stream| (0..40).map(|_| stream.seat_update()).collect());
    let [seen_here, seen_there]: [Vec<Value>; 2] = seen;
    assert_eq!(seen_here, seen_there);
    assert_eq!(seqs(&seen_here), up_to(40));
    let seats: BTreeSet<u64> =
        seen_here.iter().filter_map(|update| update["seatNumber"].as_u64()).collect();
    assert_eq!(seats.len(), 40);

    assert_eq!(record.judged_as_one_history(&two.world.owner), (40, 960, 40));
    let judged = journeys.judged_as_one_history(&two.world.owner);
    assert_eq!(judged.tickets as u64, sold[1] * 4, "{judged:?}");
    assert_eq!(judged.maps, 2 * 40, "{judged:?}");
    // Two hundred and fifty-six families have tried, every second one with a way back.
    assert!(judged.refusals > 90 && judged.refusals_of_returns > 90, "{judged:?}");
}

#[test]
fn a_server_that_is_killed_takes_nothing_with_it() {
    let two = Two::with(|launch| launch.setting("HOLD_SECONDS", "3"));
    let route = two.world.some_route();
    let there = two.there(&two.world.owner);
    let mut stream = watch(&two.there(&two.world.nobody), id(&route), None);
    assert_eq!(stream.next().name, "subscribed");
    let Two { world, other, database } = two;
    let World { server, owner, folder, .. } = world;
    let buyer = std::thread::spawn({
        let (owner, route) = (owner.clone(), route.clone());
        move || {
            let mut acknowledged = Vec::new();
            for seat in 1..=40_u16 {
                let body = booking(&route, seat).to_string();
                let Some(answer) = owner.try_post("/tickets", body.as_bytes()) else { break };
                answer.ok(201);
                acknowledged.push(u64::from(seat));
            }
            acknowledged
        }
    });
    // During its sales.
    let mut seen = vec![stream.seat_update(), stream.seat_update(), stream.seat_update()];
    server.kill();
    let acknowledged = buyer.join().expect("it ends");
    // The other one goes on, with the seats, the viewers and the holds of the one that died.
    let last = there.post("/tickets", &booking(&route, 40));
    assert!([201, 409].contains(&last.status), "{}", last.text());
    let mut sold = BTreeSet::new();
    let mut expired = BTreeSet::new();
    while expired.is_empty() || expired.len() < sold.len() {
        seen.push(stream.seat_update());
        (sold, expired) = (BTreeSet::new(), BTreeSet::new());
        for update in &seen {
            let seat = update["seatNumber"].as_u64().expect("a seat");
            match text_at(update, "eventType") {
                "seat_reserved" => drop(sold.insert(seat)),
                "seat_cancelled" => {
                    assert_eq!(update["metadata"]["reason"], "expired", "{update}");
                    expired.insert(seat);
                }
                other => assert_eq!(other, "seat_available", "{update}"),
            }
        }
    }
    assert_eq!(seqs(&seen), up_to(seen.len() as u64));
    assert!(acknowledged.iter().all(|seat| sold.contains(seat)), "{acknowledged:?} {sold:?}");
    assert_eq!(expired, sold, "each ends once");
    drop((other, database, folder));
}

/// The store is ahead of what the other server has sent to its viewers: they miss nothing because
/// of that, and get nothing twice.
#[test]
fn who_subscribes_there_behind_a_sale_here_gets_what_follows() {
    let two = Two::new();
    let route = two.world.some_route();
    let [here, there] = two.both(&two.world.owner);
    for seat in 1..=39_u16 {
        let seq = u64::from(seat);
        here.post("/tickets", &booking(&route, seat)).ok(201);
        let mut known = watch(&there, id(&route), Some(seq));
        let mut before = watch(&there, id(&route), Some(seq - 1));
        let mut new = watch(&there, id(&route), None);
        assert_eq!(known.next().id, Some(seq));
        assert_eq!(before.next().id, Some(seq - 1));
        assert_eq!(before.seat_update()["seq"], seq);
        // It may begin before the sale, which then follows; never after it.
        let begun = new.next().id.expect("where it begins");
        assert!(begun <= seq, "{begun} {seq}");
        if seat % 8 == 0 {
            let other = two.world.agent.post("/tickets", &booking(&route, 40)).ok(201);
            let path = format!("/tickets/{}/cancel", id(&other));
            // Two more events, so the next seats have a higher `seq`.
            two.world.agent.patch(&path, &json!({})).ok(200);
            for (stream, last) in [(&mut known, seq), (&mut before, seq), (&mut new, begun)] {
                for next in last + 1..=seq + 2 {
                    assert_eq!(stream.seat_update()["seq"], next);
                }
            }
            break;
        }
    }
}

#[test]
fn a_server_that_stood_still_and_one_that_heard_nothing_miss_nothing() {
    let two = Two::new();
    let route = two.world.some_route();
    let [here, there] = two.both(&two.world.nobody);
    let mut streams = [watch(&here, id(&route), None), watch(&there, id(&route), None)];
    streams.iter_mut().for_each(|stream| assert_eq!(stream.next().name, "subscribed"));
    let owners = two.both(&two.world.owner);
    let mut count = 0_u16;
    let mut sell = |owner: &Api, seats: u16| {
        for _ in 0..seats {
            count += 1;
            owner.post("/tickets", &booking(&route, count)).ok(201);
        }
        count
    };
    two.other.pause();
    sell(&owners[0], 10);
    two.other.go_on();
    sell(&owners[1], 2);
    // No server is notified of the next ones: they are found by looking.
    two.database.run(DEAF);
    sell(&owners[0], 5);
    let all = sell(&owners[1], 5);
    for stream in &mut streams {
        let seen: Vec<_> = (0..all).map(|_| stream.seat_update()).collect();
        assert_eq!(seqs(&seen), up_to(all.into()));
    }
    wait_for("they hear each other again", || here.get("/health/ready").json()["fanOut"] == "up");
}

#[test]
fn where_a_bus_is_the_viewers_of_both_see() {
    let two = Two::new();
    let route = two.world.route(now() + minutes(60));
    let mut stream = watch(&two.there(&two.world.nobody), id(&route), None);
    assert_eq!(stream.next().name, "subscribed");
    let path = format!("/tracking/{}/positions", id(&route));
    let position = json!({"lat": 40.766_66, "lng": 29.916_67, "speed": 92.5});
    assert_eq!(two.world.agent.post(&path, &position).status, 204);
    let shown = stream.next();
    assert_eq!((shown.name.as_str(), &shown.data["lat"]), ("bus_position", &json!(40.766_66)));
}

#[test]
fn what_an_administrator_orders_at_one_server_reaches_the_viewers_of_all() {
    let two = Two::new();
    let route = two.world.some_route();
    let route_id = id(&route);
    let [here, there] = two.both(&two.world.owner);
    let mut streams = [watch(&here, route_id, None), watch(&there, route_id, None)];
    streams.iter_mut().for_each(|stream| assert_eq!(stream.next().name, "subscribed"));
    let [admin, admin_there] = two.both(&two.world.admin);
    // Each server lists its own viewers.
    let path = format!("/sockets?routeId={route_id}");
    let [own, others] = [&admin, &admin_there].map(|admin| admin.get(&path).ok(200));
    assert_eq!([&own, &others].map(|list| list.as_array().unwrap().len()), [1, 1]);
    assert_ne!(own[0]["node"], others[0]["node"]);

    for message in ["birinci", "ikinci"] {
        let form = json!({"routeId": route_id, "message": message});
        let answer = admin.post("/sockets/notice", &form).ok(200);
        assert_eq!((&answer["node"], &answer["sockets"]), (&own[0]["node"], &json!(1)));
    }
    let mut at = Vec::new();
    for stream in &mut streams {
        let told = [stream.next(), stream.next()];
        let messages = told.each_ref().map(|notice| notice.data["message"].as_str().unwrap());
        assert_eq!(messages, ["birinci", "ikinci"], "each once, in their order");
        at.push(told.map(|notice| notice.data["at"].clone()));
    }
    let user = two.world.owner.get("/auth/me").ok(200)["id"].clone();
    admin_there.post("/sockets/disconnect", &json!({ "userId": user })).ok(200);
    streams.into_iter().for_each(EventReader::ends);
    wait_for("both are gone", || {
        [&admin, &admin_there].iter().all(|admin| admin.get(&path).ok(200) == json!([]))
    });
}
