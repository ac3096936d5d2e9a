//! Sharded messages on a Cluster of three with replicas. One channel lies in one slot: every change
//! of that slot has to be noticed.

use store::FanOutState;
use throwaway_redis::Cluster;

use crate::node::{CHANNEL, Groups, Node, talk_again};

async fn pair(cluster: &Cluster) -> (Node, Node) {
    (Node::start(&cluster.url()).up().await, Node::start(&cluster.url()).up().await)
}

/// node-redis #2902, ioredis #1987, jedis #3548: the master of the channel dies, its replica takes
/// over, and the channel stays silent.
#[tokio::test(flavor = "multi_thread")]
async fn sharded_channels_are_subscribed_to_again_after_a_failover() {
    let mut cluster = Cluster::start().unwrap();
    let (mut one, mut two) = pair(&cluster).await;
    let mut groups = Groups::default();
    talk_again(&one, &mut two, &mut groups).await;
    // The subscription is a sharded one, on the node that has the channel's slot.
    let owner = cluster.owner_of(CHANNEL).unwrap();
    let told = cluster.nodes()[owner].ask(&["pubsub", "shardnumsub", CHANNEL]).unwrap();
    assert_eq!(told, format!("{CHANNEL}\n2\n"));
    let dead = cluster.kill_owner_of(CHANNEL).unwrap();
    talk_again(&one, &mut two, &mut groups).await;
    talk_again(&two, &mut one, &mut groups).await;
    // It starts again as a replica, and its master dies: the channel returns to it.
    cluster.nodes()[dead].start_again().unwrap();
    talk_again(&one, &mut two, &mut groups).await;
}

/// node-redis #3311, lettuce #3213: the slot moves between two nodes that both live, so no
/// connection ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_moves_takes_its_subscribers_along() {
    let cluster = Cluster::start().unwrap();
    let (mut one, mut two) = pair(&cluster).await;
    let mut groups = Groups::default();
    for _ in 0..3 {
        cluster.move_slot_of(CHANNEL).unwrap();
        talk_again(&one, &mut two, &mut groups).await;
        talk_again(&two, &mut one, &mut groups).await;
    }
}

/// A master and its replica change places, as before maintenance: no node dies.
#[tokio::test(flavor = "multi_thread")]
async fn a_failover_by_hand_is_followed() {
    let mut cluster = Cluster::start().unwrap();
    let (mut one, mut two) = pair(&cluster).await;
    let mut groups = Groups::default();
    let owner = cluster.owner_of(CHANNEL).unwrap();
    let told = cluster.nodes()[owner + 3].ask(&["cluster", "failover"]).unwrap();
    assert_eq!(told.trim(), "OK");
    talk_again(&one, &mut two, &mut groups).await;
    talk_again(&two, &mut one, &mut groups).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_was_gone_as_a_whole_is_found_again() {
    let mut cluster = Cluster::start().unwrap();
    let (one, mut two) = pair(&cluster).await;
    let mut groups = Groups::default();
    for node in cluster.nodes() {
        node.pause().unwrap();
    }
    one.reaches(FanOutState::Down).await;
    for node in cluster.nodes() {
        node.go_on().unwrap();
    }
    talk_again(&one, &mut two, &mut groups).await;
}
