//! A hub without a feeder, packets that may be dropped, and events that are not for everyone.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use rooms::{
    AnyStream, Audience, CloseReason, Encoding, Frame, Hub, Limits, Message, NoHistory, Offset,
    Presence, Start, View,
};

use crate::fakes::Socket;

pub(crate) const ENCODING: Encoding = Encoding::new(0);

/// For everyone but its owner.
pub(crate) struct Gossip(pub(crate) u8);

impl Message for Gossip {
    fn encode(&self, _: Encoding, audience: Audience, _: &Offset) -> Frame {
        match audience {
            Audience::Public => Frame::bare(vec![b'0' + self.0]),
            Audience::Full => Frame::bare(""),
        }
    }
}

pub(crate) fn hub() -> Hub {
    Hub::new(Limits::default(), Arc::new(NoHistory), 0)
}

pub(crate) async fn join(hub: &Hub, viewer: &Presence, identity: u128) {
    let view = View {
        encoding: ENCODING,
        audience: Audience::Public,
        identity: Some(identity),
        channel: 0,
    };
    hub.join(viewer, "r", Start::Head, view, |_| []).await.unwrap();
}

/// A viewer whose socket takes this many bytes for now.
pub(crate) fn pushed(hub: &Hub, bytes: usize) -> (Presence, Socket) {
    let presence = hub.connect().unwrap();
    let socket = Socket::default();
    socket.drain(bytes);
    presence.attach(AnyStream::Boxed(Box::new(socket.clone())));
    let viewer = Arc::clone(&presence);
    tokio::spawn(async move { poll_fn(|cx| viewer.poll_drive(cx)).await });
    (presence, socket)
}

pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_secs(10)).await;
}

#[tokio::test(start_paused = true)]
async fn appended_events_come_in_order_to_everyone_but_their_owner() {
    let hub = hub();
    assert!(!hub.append("r", None, Arc::new(Gossip(0))));
    let (ada, ada_socket) = pushed(&hub, 1 << 20);
    let (bob, bob_socket) = pushed(&hub, 1 << 20);
    let eve = hub.connect().unwrap();
    for (viewer, identity) in [(&ada, 1), (&bob, 2), (&eve, 3)] {
        join(&hub, viewer, identity).await;
    }
    for number in 0..6 {
        let owner = [None, Some(1), Some(2)][usize::from(number) % 3];
        assert!(hub.append("r", owner, Arc::new(Gossip(number))));
    }
    settle().await;
    assert_eq!(ada_socket.written(), "0235");
    assert_eq!(bob_socket.written(), "0134");
    assert_eq!(eve.take(usize::MAX).len(), 6);
    // An event that is not for a pull transport does not end its wait.
    hub.append("r", Some(3), Arc::new(Gossip(6)));
    let pending = poll_fn(|cx| Poll::Ready(eve.poll_take(cx, usize::MAX).is_pending())).await;
    assert!(pending);
    hub.append("r", Some(3), Arc::new(Gossip(7)));
    hub.append("r", None, Arc::new(Gossip(8)));
    assert_eq!(eve.take(usize::MAX), [Frame::bare("8")]);
}

#[tokio::test(start_paused = true)]
async fn a_packet_that_may_be_dropped_is_never_behind_another() {
    let hub = hub();
    let (viewer, socket) = pushed(&hub, 3);
    assert!(viewer.send_if_idle(Frame::bare("ab")));
    // Taken in part: packets that come now are dropped until the rest is written.
    assert!(viewer.send_if_idle(Frame::bare("cd")));
    assert!(!viewer.send_if_idle(Frame::bare("ef")));
    socket.drain(9);
    settle().await;
    assert!(viewer.send_if_idle(Frame::bare("ij")));
    assert_eq!(socket.written(), "abcdij");
    viewer.close(CloseReason::Application);
    assert!(!viewer.send_if_idle(Frame::bare("kl")));
}

#[tokio::test(start_paused = true)]
async fn a_closed_viewer_knows_whether_a_frame_was_cut() {
    let hub = hub();
    for (bytes, whole) in [(0, true), (1, false), (2, true), (3, false), (4, true)] {
        let (viewer, _socket) = pushed(&hub, bytes);
        viewer.send(Frame::bare("ab"));
        viewer.send(Frame::bare("cd"));
        viewer.close(CloseReason::Timeout);
        assert_eq!(viewer.is_between_frames(), whole, "{bytes}");
    }
}
