//! A server with a replica, found through Sentinels.

use throwaway_redis::Sentinels;

use crate::node::{Groups, Node, talk_again};

#[tokio::test(flavor = "multi_thread")]
async fn the_replica_that_sentinels_promote_is_found() {
    let mut sentinels = Sentinels::start().unwrap();
    let url = sentinels.url();
    let (mut one, mut two) = (Node::start(&url).up().await, Node::start(&url).up().await);
    let mut groups = Groups::default();
    talk_again(&one, &mut two, &mut groups).await;
    sentinels.kill_master().unwrap();
    talk_again(&one, &mut two, &mut groups).await;
    talk_again(&two, &mut one, &mut groups).await;
}
