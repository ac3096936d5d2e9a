//! A server that announces its commits through Redis, as another node of its database receives
//! them; and what it does while there is no Redis.

use std::time::Duration;

use domain::RouteEvent;
use fanout_redis::{Address, RedisFanOut};
use serde_json::{Value, json};
use store::{CommittedGroup, Epoch, FanOut as _, FanOutState, Heard, HeardStream, heard_stream};
use throwaway_redis::{Cluster, Proxy, Sentinels, Server};
use tokio::runtime::Runtime;

use crate::nodes::{seqs, up_to};
use crate::support::api::Api;
use crate::support::event_reader::watch;
use crate::support::postgres::Database;
use crate::support::running_server::Launch;
use crate::support::two_servers::Two;
use crate::support::waiting::wait_for;
use crate::support::world::{World, booking, id};

/// How long anything may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(60);

const SECRET: &str = "c2VhdHdpcmUtdGVzdC1vbmx5LTkxN2Y0";

fn on<'a>(database: &'a Database, redis: &'a str) -> impl FnOnce(Launch) -> Launch + 'a {
    move |launch| {
        launch
            .setting("DATABASE", &database.url)
            .setting("JWT_SECRET", SECRET)
            .setting("REDIS", redis)
    }
}

fn fan_out_of(world: &World) -> String {
    let ready = world.nobody.get("/health/ready").ok(200);
    ready["fanOut"].as_str().unwrap_or_default().to_owned()
}

/// Receives what another node of the database would.
struct Listener {
    runtime: Runtime,
    heard: HeardStream,
    _fan_out: RedisFanOut,
}

impl Listener {
    /// On the one channel that has a listener.
    fn beside(redis: &Server) -> Self {
        let channels = redis.ask(&["pubsub", "channels", "seatwire:*"]).unwrap();
        let [channel] = channels.lines().collect::<Vec<_>>()[..] else { panic!("{channels}") };
        let (name, epoch) = channel.rsplit_once(':').unwrap();
        let name = name.strip_prefix("seatwire:").unwrap();
        let epoch = Epoch(u32::from_str_radix(epoch, 16).unwrap());
        let runtime = Runtime::new().unwrap();
        let (ears, heard) = heard_stream();
        let address = Address::parse(&redis.url()).unwrap();
        let (fan_out, link) = fanout_redis::start(&address, name, epoch, ears).unwrap();
        runtime.spawn(link);
        wait_for("the link", || fan_out.state() == FanOutState::Up);
        Self { runtime, heard, _fan_out: fan_out }
    }

    fn group(&mut self) -> CommittedGroup {
        loop {
            let heard = &mut self.heard;
            let next = async { tokio::time::timeout(PATIENCE, heard.next()).await };
            match self.runtime.block_on(next).expect("nothing is heard") {
                Some(Heard::Group(group)) => return group,
                Some(_) => {}
                None => panic!("the link ended"),
            }
        }
    }
}

#[test]
fn what_is_committed_is_told_through_redis_event_by_event() {
    let (database, redis) = (Database::new(), Server::start().unwrap());
    let world = World::with(on(&database, &redis.url()));
    let route = world.some_route();
    wait_for("the link of the server", || fan_out_of(&world) == "up");
    let mut listener = Listener::beside(&redis);
    let ticket = world.booked(&world.owner, &route, 7);
    world.owner.patch(&format!("/tickets/{}/cancel", id(&ticket)), &json!({})).ok(200);
    let mut told = Vec::new();
    let mut before: Option<CommittedGroup> = None;
    while told.len() < 2 {
        let group = listener.group();
        if let Some(before) = &before {
            assert!(group.continues(&before.head()), "{group:?} behind {before:?}");
        }
        told.extend(group.events.clone());
        before = Some(group);
    }
    for (event, (seq, kind)) in told.iter().zip([(1, "seat_reserved"), (2, "seat_cancelled")]) {
        let RouteEvent::Seat(event) = event else { panic!("{event:?}") };
        assert_eq!((event.seq.get(), event.draft.kind.as_str()), (seq, kind));
        assert_eq!(event.route_id.to_string(), id(&route));
        assert_eq!(event.draft.ticket_id().unwrap().to_string(), id(&ticket));
        assert_eq!(event.draft.seat.get(), 7);
    }
}

/// Sales go on, the server stays ready and reports the state; one warning for the whole outage.
#[test]
fn without_redis_everything_goes_on_and_the_link_comes_back() {
    let (database, mut redis) = (Database::new(), Server::start().unwrap());
    let world = World::with(on(&database, &redis.url()));
    let route = world.some_route();
    wait_for("the link of the server", || fan_out_of(&world) == "up");
    redis.kill().unwrap();
    wait_for("the server to notice", || fan_out_of(&world) == "down");
    for seat in 1..=5 {
        world.booked(&world.owner, &route, seat);
    }
    let metrics = world.admin.get("/metrics");
    let told = metrics.text();
    for line in ["seatwire_fan_out_down 1", "seatwire_redis_losses_total 1"] {
        assert!(told.lines().any(|it| it == line), "no {line} in\n{told}");
    }
    redis.start_again().unwrap();
    wait_for("the link to come back", || fan_out_of(&world) == "up");
    let mut listener = Listener::beside(&redis);
    world.booked(&world.owner, &route, 6);
    while listener.group().events.is_empty() {}
    let log = world.server.log();
    assert_eq!(log.matches("no link to Redis").count(), 1, "{log}");
    assert_eq!(log.matches("linked to Redis again").count(), 1, "{log}");
}

#[test]
fn a_server_starts_and_sells_without_its_redis() {
    let database = Database::new();
    let mut redis = Server::start().unwrap();
    redis.kill().unwrap();
    let world = World::with(on(&database, &redis.url()));
    world.booked(&world.owner, &world.some_route(), 1);
    assert_eq!(fan_out_of(&world), "down");
    let log = world.server.log();
    assert!(!log.contains("://:") && log.contains("no link to Redis"), "{log}");
}

/// Sells seats 1 to 40, by both servers in turn, and calls `before` ahead of each sale; viewers of
/// both must see every event once and in order.
fn sold_while(two: &Two, mut before: impl FnMut(u16)) {
    let route = two.world.some_route();
    let [here, there] = two.both(&two.world.nobody);
    let mut streams = [watch(&here, id(&route), None), watch(&there, id(&route), None)];
    streams.iter_mut().for_each(|stream| assert_eq!(stream.next().name, "subscribed"));
    let owners = two.both(&two.world.owner);
    let sell = |seat: u16| owners[usize::from(seat % 2)].post("/tickets", &booking(&route, seat));
    let mut tickets = Vec::new();
    for seat in 1..=40_u16 {
        before(seat);
        tickets.push(sell(seat).ok(201));
    }
    let seen = streams.each_mut().map(|stream| (0..40).map(|_| stream.seat_update()).collect());
    let [seen_here, seen_there]: [Vec<Value>; 2] = seen;
    assert_eq!(seqs(&seen_here), up_to(40));
    assert_eq!(seen_here, seen_there);
    // No event came twice: the next one is the next change.
    owners[1].patch(&format!("/tickets/{}/cancel", id(&tickets[0])), &json!({})).ok(200);
    sell(1).ok(201);
    for stream in &mut streams {
        assert_eq!(
            [stream.seat_update(), stream.seat_update()].map(|it| it["seq"].clone()),
            [41, 42]
        );
    }
}

fn state_at(api: &Api) -> String {
    api.get("/health/ready").ok(200)["fanOut"].as_str().unwrap_or_default().to_owned()
}

fn groups(two: &Two, way: &str) -> u64 {
    let told = two.both(&two.world.admin)[1].get("/metrics");
    let sample = format!("seatwire_groups_total{{way=\"{way}\"}} ");
    let line = told.text().lines().find_map(|line| line.strip_prefix(&sample)).expect("a sample");
    line.parse().expect("a whole number")
}

#[test]
fn a_sale_reaches_the_other_servers_viewers_through_redis() {
    let redis = Server::start().unwrap();
    let two = Two::with(|launch| launch.setting("REDIS", &redis.url()));
    sold_while(&two, |_| {});
    wait_for("what Redis told", || groups(&two, "told") >= 20);
    assert_eq!(groups(&two, "named"), 0, "the database was not asked to tell as well");
}

#[test]
fn redis_that_is_restarted_empty_in_the_middle_of_sales_loses_nobody_an_event() {
    let mut redis = Server::start().unwrap();
    let two = Two::with(|launch| launch.setting("REDIS", &redis.url()));
    sold_while(&two, |seat| match seat {
        10 | 25 => redis.kill().unwrap(),
        18 | 30 => redis.start_again().unwrap(),
        _ => {}
    });
    for api in two.both(&two.world.nobody) {
        wait_for("the links to come back", || state_at(&api) == "up");
    }
    let told = groups(&two, "told");
    sold_while(&two, |_| {});
    wait_for("Redis to tell again", || groups(&two, "told") >= told + 20);
}

/// One server's connection to Redis is cut, and then only silent: both ends believe that it is
/// open.
#[test]
fn severed_and_half_open_connections_to_redis_lose_nobody_an_event() {
    let redis = Server::start().unwrap();
    let proxy = Proxy::to_port(redis.port()).unwrap();
    let through = format!("redis://127.0.0.1:{}", proxy.port());
    let two = Two::with(|launch| launch.setting("REDIS", &through));
    sold_while(&two, |seat| match seat {
        8 => proxy.cut(),
        16 => proxy.forward(),
        24 => proxy.go_silent(),
        _ => {}
    });
    let both = two.both(&two.world.nobody);
    wait_for("the silence to be noticed", || both.iter().all(|api| state_at(api) == "down"));
    proxy.forward();
    wait_for("the links to come back", || both.iter().all(|api| state_at(api) == "up"));
    sold_while(&two, |_| {});
}

#[test]
fn a_failover_of_the_cluster_in_the_middle_of_sales_loses_nobody_an_event() {
    let mut cluster = Cluster::start().unwrap();
    let url = cluster.url();
    let two = Two::with(|launch| launch.setting("REDIS", &url));
    let mut channel = String::new();
    for node in cluster.nodes() {
        channel.push_str(&node.ask(&["pubsub", "shardchannels", "seatwire:*"]).unwrap());
    }
    let channel = channel.trim();
    sold_while(&two, |seat| {
        if seat == 15 {
            cluster.kill_owner_of(channel).unwrap();
        }
    });
    let both = two.both(&two.world.nobody);
    wait_for("the links to come back", || both.iter().all(|api| state_at(api) == "up"));
    let told = groups(&two, "told");
    sold_while(&two, |_| {});
    wait_for("the Cluster to tell again", || groups(&two, "told") >= told + 20);
}

/// The Sentinels notice by themselves while seats are sold, and promote a replica. A server that
/// dies ends its connections; one that stands still keeps them, and only its silence shows that it
/// is gone. Both return in the belief that they are still the primary.
#[test]
fn failovers_by_sentinels_in_the_middle_of_sales_lose_nobody_an_event() {
    let mut sentinels = Sentinels::start().unwrap();
    let url = sentinels.url();
    let two = Two::with(|launch| launch.setting("REDIS", &url));
    let both = two.both(&two.world.nobody);
    let are_linked = || both.iter().all(|api| state_at(api) == "up");
    wait_for("the links", are_linked);
    let mut dead = 0;
    sold_while(&two, |seat| match seat {
        10 => dead = sentinels.kill_master_unnoticed().unwrap(),
        25 => sentinels.mean_another_than(dead).unwrap(),
        32 => sentinels.start_again(dead).unwrap(),
        _ => {}
    });
    wait_for("the links to come back", are_linked);
    sentinels.has_replica().unwrap();
    let told = groups(&two, "told");
    let mut paused = 0;
    sold_while(&two, |seat| match seat {
        21 => paused = sentinels.pause_master().unwrap(),
        35 => sentinels.mean_another_than(paused).unwrap(),
        _ => {}
    });
    // The first twenty were sent through the server that was promoted before.
    assert!(groups(&two, "told") >= told + 10);
    wait_for("the links to come back", are_linked);
    sentinels.go_on(paused).unwrap();
    let told = groups(&two, "told");
    sold_while(&two, |_| {});
    wait_for("Redis to tell again", || groups(&two, "told") >= told + 20);
}

/// Two servers that get nothing from each other, because each has a Redis of its own: what the
/// other sold is missing before a server's own sales.
#[test]
fn groups_that_nobody_told_are_read_and_counted() {
    let database = Database::new();
    let [here, there] = [(); 2].map(|()| Server::start().unwrap());
    let world = World::with(on(&database, &here.url()));
    let other = on(&database, &there.url())(Launch::own(world.folder.path())).run();
    let elsewhere = Api::new(other.url()).with_token(world.agent.token.as_deref().unwrap());
    let route = world.some_route();
    let mut stream = watch(&world.nobody, id(&route), None);
    assert_eq!(stream.next().name, "subscribed");
    let repaired = || {
        let told = world.admin.get("/metrics").text().to_owned();
        let line =
            told.lines().find_map(|it| it.strip_prefix("seatwire_group_holes_repaired_total "));
        line.expect("it is told from the start").parse::<u64>().unwrap()
    };
    assert_eq!(repaired(), 0);
    let mut sales = 0;
    // Now and then the server looks by itself, just between the two: then nothing is missing.
    wait_for("no hole was repaired", || {
        let sold = elsewhere.post("/tickets", &booking(&route, 1)).ok(201);
        world.agent.patch(&format!("/tickets/{}/cancel", id(&sold)), &json!({})).ok(200);
        sales += 1;
        repaired() > 0
    });
    // Sold there; cancelled and free here.
    let updates: Vec<Value> = (0..3 * sales).map(|_| stream.seat_update()).collect();
    assert_eq!(seqs(&updates), up_to(3 * sales));
}
