//! Orders of administrators to viewers, as other nodes find them.

use domain::{Actor, Notice, RouteId, UserId, ViewerDeed, ViewerOrder, ViewersOf};

use super::{Harness, World};
use crate::{Envelope, NodeId};

/// A node has carried out its own orders already.
pub async fn a_node_finds_none_of_its_own_orders<H: Harness>() {
    let world = World::<H>::new().await;
    let (desk, node) = (world.desk(), NodeId(world.id()));
    let before = desk.store.newest_viewer_order().await.unwrap();
    let notice = ViewerDeed::Notify(Notice::new("Peron 12").unwrap());
    for (viewers, deed) in [
        (ViewersOf::Route(RouteId(world.id())), notice),
        (ViewersOf::User(UserId(world.id())), ViewerDeed::Disconnect),
    ] {
        let write = (node, ViewerOrder { viewers, deed });
        let envelope = Envelope::new(write, Actor::System, world.now);
        desk.store.send(envelope).await.unwrap();
    }
    assert!(desk.store.newest_viewer_order().await.unwrap() >= before);
    assert_eq!(desk.store.viewer_orders(node, before).await.unwrap(), []);
    drop(desk);
    world.finish().await;
}
