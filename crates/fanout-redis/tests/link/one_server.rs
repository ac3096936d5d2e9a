use domain::{BusPosition, Latitude, Longitude, RouteId, Speed};
use store::{Epoch, FanOut as _, FanOutState, Heard};
use throwaway_redis::{Proxy, Server};
use uuid::Uuid;

use crate::node::{CHANNEL, Groups, Node, talk_again};

async fn pair(url: &str) -> (Node, Node, Groups) {
    let (one, two) = (Node::start(url).up().await, Node::start(url).up().await);
    (one, two, Groups::default())
}

#[tokio::test]
async fn what_one_says_the_other_hears_in_order_and_nobody_hears_himself() {
    let redis = Server::start().unwrap();
    let (mut one, mut two, mut groups) = pair(&redis.url()).await;
    for _ in 0..300 {
        one.fan_out.group(&groups.next());
    }
    for said in &groups.said {
        assert_eq!(two.hears_group().await, *said);
    }
    // If it received its own messages, they would have come before this one.
    let answer = groups.next();
    two.fan_out.group(&answer);
    assert_eq!(one.hears_group().await, answer);
}

#[tokio::test]
async fn buses_are_told_between_the_groups() {
    let redis = Server::start().unwrap();
    let (one, mut two, mut groups) = pair(&redis.url()).await;
    assert_eq!(two.hears().await, Heard::Lost, "what was said before it was linked");
    let route_id = RouteId(Uuid::from_u128(1));
    let position = BusPosition {
        lat: Latitude::from_degrees(41.0).unwrap(),
        lng: Longitude::from_degrees(29.0).unwrap(),
        speed: Speed::from_kmh(90.0),
        at: "2026-11-28T10:00:00Z".parse().unwrap(),
    };
    one.fan_out.position(route_id, &position);
    one.fan_out.group(&groups.next());
    assert_eq!(two.hears().await, Heard::Position { route_id, position });
    assert_eq!(two.hears_group().await, groups.said[0]);
}

#[tokio::test]
async fn two_companies_on_one_redis_never_mix() {
    let redis = Server::start().unwrap();
    let url = redis.url();
    let (ours, theirs) = (Node::start(&url).up().await, Node::named(&url, "others").up().await);
    let (mut our_second, mut their_second) =
        (Node::start(&url).up().await, Node::named(&url, "others").up().await);
    let (mut our_groups, mut their_groups) = (Groups::default(), Groups::default());
    their_groups.next();
    for _ in 0..20 {
        ours.fan_out.group(&our_groups.next());
        theirs.fan_out.group(&their_groups.next());
    }
    for said in &our_groups.said {
        assert_eq!(our_second.hears_group().await, *said);
    }
    for said in &their_groups.said[1..] {
        assert_eq!(their_second.hears_group().await, *said);
    }
}

#[tokio::test]
async fn a_new_epoch_is_another_channel() {
    let redis = Server::start().unwrap();
    let (one, mut two, mut groups) = pair(&redis.url()).await;
    two.fan_out.begin_anew(Epoch(0xac));
    let mut third = Node::start(&redis.url()).up().await;
    talk_again(&one, &mut third, &mut groups).await;
    one.fan_out.begin_anew(Epoch(0xac));
    talk_again(&one, &mut two, &mut groups).await;
}

/// socket.io #950, socket.io-redis-adapter #190: after a restart of Redis no message comes any
/// more.
#[tokio::test]
async fn redis_restarted_with_loss_is_linked_to_again() {
    let mut redis = Server::start().unwrap();
    let (mut one, mut two, mut groups) = pair(&redis.url()).await;
    for _ in 0..3 {
        redis.kill().unwrap();
        one.reaches(FanOutState::Down).await;
        // No caller waits for a Redis that is gone, and no messages collect.
        for _ in 0..5_000 {
            one.fan_out.group(&groups.next());
        }
        redis.start_again().unwrap();
        talk_again(&one, &mut two, &mut groups).await;
        talk_again(&two, &mut one, &mut groups).await;
    }
}

#[tokio::test]
async fn a_node_that_starts_without_redis_is_linked_when_redis_comes() {
    let mut redis = Server::start().unwrap();
    redis.kill().unwrap();
    let (one, mut two) = (Node::start(&redis.url()), Node::start(&redis.url()));
    assert_eq!(one.fan_out.state(), FanOutState::Down);
    redis.start_again().unwrap();
    talk_again(&one, &mut two, &mut Groups::default()).await;
}

#[tokio::test]
async fn connections_that_are_cut_are_made_again() {
    let redis = Server::start().unwrap();
    let proxy = Proxy::to_port(redis.port()).unwrap();
    let (mut one, mut two) = (
        Node::start(&format!("redis://127.0.0.1:{}", proxy.port())).up().await,
        Node::start(&redis.url()).up().await,
    );
    let mut groups = Groups::default();
    proxy.cut();
    one.reaches(FanOutState::Down).await;
    proxy.forward();
    talk_again(&two, &mut one, &mut groups).await;
    talk_again(&one, &mut two, &mut groups).await;
}

/// Both ends believe that they are connected: only the missing messages show the loss.
#[tokio::test]
async fn a_half_open_connection_is_noticed_without_anybody_saying_so() {
    let redis = Server::start().unwrap();
    let proxy = Proxy::to_port(redis.port()).unwrap();
    let (mut one, two) = (
        Node::start(&format!("redis://127.0.0.1:{}", proxy.port())).up().await,
        Node::start(&redis.url()).up().await,
    );
    proxy.go_silent();
    one.reaches(FanOutState::Down).await;
    proxy.forward();
    talk_again(&two, &mut one, &mut Groups::default()).await;
}

#[tokio::test]
async fn a_redis_that_stands_still_is_noticed() {
    let redis = Server::start().unwrap();
    let (mut one, two, mut groups) = pair(&redis.url()).await;
    redis.pause().unwrap();
    one.reaches(FanOutState::Down).await;
    redis.go_on().unwrap();
    talk_again(&two, &mut one, &mut groups).await;
}

/// What `CLIENT KILL TYPE pubsub` and a full output buffer do.
#[tokio::test]
async fn a_subscriber_that_redis_throws_out_comes_back() {
    let redis = Server::start().unwrap();
    let (one, mut two, mut groups) = pair(&redis.url()).await;
    assert_eq!(redis.ask(&["client", "kill", "type", "pubsub"]).unwrap().trim(), "2");
    talk_again(&one, &mut two, &mut groups).await;
}

#[tokio::test]
async fn strangers_on_the_channel_are_passed_over() {
    let redis = Server::start().unwrap();
    let (one, mut two, mut groups) = pair(&redis.url()).await;
    for noise in ["", "SW", "{\"seq\": 1}", "SW\u{1}\u{1}garbage"] {
        redis.ask(&["publish", CHANNEL, noise]).unwrap();
    }
    one.fan_out.group(&groups.next());
    assert_eq!(two.hears_group().await, groups.said[0]);
    assert_eq!(two.fan_out.state(), FanOutState::Up);
}

#[tokio::test]
async fn a_password_and_a_database_are_used() {
    let redis = Server::start().unwrap();
    redis.ask(&["acl", "setuser", "sales", "on", ">s&cr:t", "&seatwire:*", "+@all", "~*"]).unwrap();
    redis.ask(&["config", "set", "requirepass", "other"]).unwrap();
    let url = |login: &str| format!("redis://{login}@127.0.0.1:{}/3", redis.port());
    let (one, mut two) =
        (Node::start(&url("sales:s%26cr%3At")).up().await, Node::start(&url(":other")).up().await);
    talk_again(&one, &mut two, &mut Groups::default()).await;
    let stranger = Node::start(&url(":wrong"));
    talk_again(&one, &mut two, &mut Groups::default()).await;
    assert_eq!(stranger.fan_out.state(), FanOutState::Down);
}

#[tokio::test]
async fn the_link_ends_when_nobody_needs_it() {
    let mut redis = Server::start().unwrap();
    Node::start(&redis.url()).up().await.ends().await;
    redis.kill().unwrap();
    Node::start(&redis.url()).ends().await;
}
