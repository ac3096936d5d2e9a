//! A server that announces its commits through Redis, as another node of its database receives
//! them; and what it does while there is no Redis.

use std::time::{Duration, Instant};

use domain::RouteEvent;
use fanout_redis::{Address, RedisFanOut};
use serde_json::{Value, json};
use store::{CommittedGroup, Epoch, FanOut as _, FanOutState, Heard, HeardStream, heard_stream};
use throwaway_redis::{Cluster, Proxy, Sentinels, Server};
use tokio::runtime::Runtime;

use crate::nodes::{seqs, up_to};
use crate::support::api::Api;
use crate::support::event_reader::watch;
use crate::support::figures::figure;
use crate::support::postgres::Database;
use crate::support::running_server::Launch;
use crate::support::two_servers::Two;
use crate::support::waiting::wait_for;
use crate::support::world::{World, booking, id};

/// After so long what was sold is sold again. A machine that stands still for some seconds takes a
/// link down, or makes Sentinels name another server: what is sold meanwhile is not sent, and the
/// other servers read it from the database.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// A round of [`every_sale_is_told`].
const ROUND_SALES: u16 = 10;

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

    /// The next group that comes in time.
    fn group_before(&mut self, end: Instant) -> Option<CommittedGroup> {
        loop {
            let heard = &mut self.heard;
            let next = async { tokio::time::timeout_at(end.into(), heard.next()).await };
            if let Heard::Group(group) = self.runtime.block_on(next).ok()?.expect("it goes on") {
                return Some(group);
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
    let (mut ticket, mut told) = (Value::Null, Vec::new());
    wait_for("a sale to be told as a whole", || {
        ticket = world.booked(&world.owner, &route, 7);
        world.owner.patch(&format!("/tickets/{}/cancel", id(&ticket)), &json!({})).ok(200);
        let end = Instant::now() + AGAIN_AFTER;
        let groups = std::iter::from_fn(|| listener.group_before(end));
        told = groups.filter(|group| ticket_of(group) == id(&ticket)).take(2).collect();
        told.len() == 2
    });
    assert!(told[1].continues(&told[0].head()), "{told:?}");
    let events = [0, 1].map(|at| match &told[at].events[..] {
        [RouteEvent::Seat(event), ..] => event,
        other => panic!("{other:?}"),
    });
    assert_eq!(events.map(|event| event.draft.kind.as_str()), ["seat_reserved", "seat_cancelled"]);
    assert_eq!(events[1].seq.get(), events[0].seq.get() + 1);
    for event in events {
        assert_eq!((event.route_id.to_string().as_str(), event.draft.seat.get()), (id(&route), 7));
    }
}

/// The ticket of the group's first event.
fn ticket_of(group: &CommittedGroup) -> String {
    let Some(RouteEvent::Seat(event)) = group.events.first() else { return String::new() };
    event.draft.ticket_id().map(|id| id.to_string()).unwrap_or_default()
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
    assert_eq!(figure(&world.admin, "seatwire_fan_out_down"), 1.0);
    redis.start_again().unwrap();
    wait_for("the link to come back", || fan_out_of(&world) == "up");
    let mut listener = Listener::beside(&redis);
    let mut seats = 6..=40_u16;
    wait_for("a sale to be told again", || {
        world.booked(&world.owner, &route, seats.next().expect("a free seat"));
        let told = listener.group_before(Instant::now() + AGAIN_AFTER);
        told.is_some_and(|group| !group.events.is_empty())
    });
    let losses = figure(&world.admin, "seatwire_redis_losses_total");
    assert!(losses >= 1.0);
    let log = world.server.log();
    for message in ["no link to Redis", "linked to Redis again"] {
        let times = u32::try_from(log.matches(message).count()).unwrap();
        assert_eq!(f64::from(times), losses, "{message}: {log}");
    }
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

/// What a server's metrics say of this name.
/// How many groups have come to the other server on this way.
fn groups(two: &Two, way: &str) -> f64 {
    figure(&two.there(&two.world.admin), &format!("seatwire_groups_total{{way=\"{way}\"}}"))
}

/// Redis tells the other server of every sale, as long as no link is lost. Whether one is lost
/// meanwhile depends on the machine, so a round that is not told as a whole is followed by another.
fn every_sale_is_told(two: &Two) {
    let route = two.world.some_route();
    wait_for("Redis to tell of every sale of a round", || {
        let told = groups(two, "told");
        for seat in 1..=ROUND_SALES {
            let ticket = two.world.booked(&two.world.agent, &route, seat);
            two.world.agent.patch(&format!("/tickets/{}/cancel", id(&ticket)), &json!({})).ok(200);
        }
        let all = told + 2.0 * f64::from(ROUND_SALES);
        let end = Instant::now() + AGAIN_AFTER;
        while groups(two, "told") < all && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        groups(two, "told") >= all
    });
}

#[test]
fn a_sale_reaches_the_other_servers_viewers_through_redis() {
    let redis = Server::start().unwrap();
    let two = Two::with(|launch| launch.setting("REDIS", &redis.url()));
    sold_while(&two, |_| {});
    every_sale_is_told(&two);
    assert_eq!(groups(&two, "named"), 0.0, "the database was not asked to tell as well");
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
    sold_while(&two, |_| {});
    every_sale_is_told(&two);
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
    every_sale_is_told(&two);
}

#[test]
fn a_failover_of_the_cluster_in_the_middle_of_sales_loses_nobody_an_event() {
    let mut cluster = Cluster::start().unwrap();
    let url = cluster.url();
    let two = Two::with(|launch| launch.setting("REDIS", &url));
    let mut channel = None;
    wait_for("a node with the channel", || {
        let words = ["pubsub", "shardchannels", "seatwire:*"];
        let named = cluster.nodes().iter().map(|node| node.ask(&words).unwrap());
        channel = named.filter_map(|told| told.lines().next().map(str::to_owned)).next();
        channel.is_some()
    });
    let channel = channel.unwrap_or_default();
    sold_while(&two, |seat| {
        if seat == 15 {
            cluster.kill_owner_of(&channel).unwrap();
        }
    });
    let both = two.both(&two.world.nobody);
    wait_for("the links to come back", || both.iter().all(|api| state_at(api) == "up"));
    sold_while(&two, |_| {});
    every_sale_is_told(&two);
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
    // Through the server that was promoted.
    every_sale_is_told(&two);
    let mut paused = 0;
    sold_while(&two, |seat| match seat {
        21 => paused = sentinels.pause_master().unwrap(),
        35 => sentinels.mean_another_than(paused).unwrap(),
        _ => {}
    });
    wait_for("the links to come back", are_linked);
    sentinels.go_on(paused).unwrap();
    sold_while(&two, |_| {});
    every_sale_is_told(&two);
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
    let repaired = || figure(&world.admin, "seatwire_group_holes_repaired_total");
    assert_eq!(repaired(), 0.0);
    let mut sales = 0;
    // Now and then the server looks by itself, just between the two: then nothing is missing.
    wait_for("no hole was repaired", || {
        let sold = elsewhere.post("/tickets", &booking(&route, 1)).ok(201);
        world.agent.patch(&format!("/tickets/{}/cancel", id(&sold)), &json!({})).ok(200);
        sales += 1;
        repaired() > 0.0
    });
    // Sold there; cancelled and free here.
    let updates: Vec<Value> = (0..3 * sales).map(|_| stream.seat_update()).collect();
    assert_eq!(seqs(&updates), up_to(3 * sales));
}

/// The doctor says something through Redis and hears it again; what is in the way is told.
#[test]
fn the_doctor_tries_redis() {
    let (database, mut redis) = (Database::new(), Server::start().unwrap());
    let world = World::with(on(&database, &redis.url()));
    let looked = |url: &str| {
        let launch = on(&database, url)(Launch::own(world.folder.path()));
        let ended = launch.arg("doctor").arg("--json").ended();
        let findings: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
        assert!(!ended.stdout.contains("hunter2"), "a secret is told");
        let found = findings.into_iter().find(|found| found["topic"] == "redis");
        let found = found.expect("a finding about Redis");
        (found["verdict"].as_str().unwrap().to_owned(), found["what"].as_str().unwrap().to_owned())
    };
    assert_eq!(looked(&redis.url()).0, "ok");
    // A user without the right to use channels; and one that there is not.
    let rights = ["acl", "setuser", "mute", "on", ">hunter2", "+@all", "~*", "resetchannels"];
    redis.ask(&rights).unwrap();
    for (user, why) in [("mute", "no permissions"), ("nobody", "WRONGPASS")] {
        let (verdict, what) =
            looked(&redis.url().replace("redis://", &format!("redis://{user}:hunter2@")));
        assert_eq!(verdict, "change");
        assert!(what.contains(why), "{what}");
    }
    redis.kill().unwrap();
    assert_eq!(looked(&redis.url()).0, "change");
}
