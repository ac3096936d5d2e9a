//! Glimpses: the newest only, after everything else, and nothing for viewers that are not there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rooms::{CloseReason, Encoding, Frame, Glimpse, Hub, Limits};

use crate::unfed::{ENCODING, Gossip, hub, join, pushed, settle};

/// Shows a letter, and counts how often it was encoded.
struct Seen(char, Arc<AtomicUsize>);

impl Glimpse for Seen {
    fn encode(&self, encoding: Encoding) -> Frame {
        assert_eq!(encoding, ENCODING);
        self.1.fetch_add(1, Ordering::Relaxed);
        Frame::bare(self.0.to_string())
    }
}

fn seen(letter: char) -> Arc<Seen> {
    Arc::new(Seen(letter, Arc::default()))
}

#[tokio::test(start_paused = true)]
async fn whoever_is_there_sees_it_encoded_once() {
    let hub = hub();
    let first = seen('a');
    assert!(!hub.show("r", first.clone()), "nobody is there");
    assert_eq!(first.1.load(Ordering::Relaxed), 0, "nothing is made for nobody");
    let (ada, ada_socket) = pushed(&hub, 1 << 20);
    let (bob, bob_socket) = pushed(&hub, 1 << 20);
    let (eve, eve_socket) = pushed(&hub, 1 << 20);
    let pull = hub.connect().unwrap();
    for (viewer, identity) in [(&ada, 1), (&bob, 2), (&pull, 3)] {
        join(&hub, viewer, identity).await;
    }
    let second = seen('b');
    assert!(hub.show("r", second.clone()));
    settle().await;
    assert_eq!((ada_socket.written(), bob_socket.written()), ("b".into(), "b".into()));
    assert_eq!((eve_socket.written(), eve.rooms()), (String::new(), 0), "it is in no room");
    assert_eq!(second.1.load(Ordering::Relaxed), 1);
    // A viewer that takes it later gets the newest, once.
    hub.show("r", seen('c'));
    settle().await;
    assert_eq!(pull.take(usize::MAX).concat_text(), "c");
    assert_eq!(pull.take(usize::MAX).concat_text(), "");
    assert_eq!(ada_socket.written(), "bc");
}

#[tokio::test(start_paused = true)]
async fn it_is_written_behind_the_events_and_only_the_newest() {
    let hub = hub();
    let (ada, socket) = pushed(&hub, 2);
    join(&hub, &ada, 1).await;
    for number in 0..3 {
        hub.append("r", None, Arc::new(Gossip(number)));
    }
    settle().await;
    assert_eq!(socket.written(), "01", "the socket is full");
    for letter in ['a', 'b', 'c'] {
        hub.show("r", seen(letter));
        settle().await;
    }
    hub.append("r", None, Arc::new(Gossip(3)));
    ada.send(Frame::bare("p"));
    settle().await;
    socket.drain(1 << 20);
    settle().await;
    assert_eq!(socket.written(), "01p23c");
    hub.append("r", None, Arc::new(Gossip(4)));
    settle().await;
    assert_eq!(socket.written(), "01p23c4", "it is shown once");
}

#[tokio::test(start_paused = true)]
async fn those_who_do_not_read_are_not_closed_for_it_and_those_who_leave_do_not_get_it() {
    let limits = Limits { outbox_bytes_max: 4, ..Limits::default() };
    let hub = Hub::new(limits, Arc::new(rooms::NoHistory), 0);
    let (ada, socket) = pushed(&hub, 0);
    join(&hub, &ada, 1).await;
    for _ in 0..100 {
        hub.show("r", seen('a'));
        settle().await;
    }
    assert_eq!(ada.closed(), None);
    assert!(hub.leave(&ada, "r", 0));
    socket.drain(1 << 20);
    ada.send(Frame::bare("p"));
    settle().await;
    assert_eq!(socket.written(), "p");
    // An end does not wait for it either.
    let (bob, full) = pushed(&hub, 0);
    join(&hub, &bob, 2).await;
    hub.show("r", seen('b'));
    settle().await;
    bob.end([Frame::bare("q")], CloseReason::Shutdown);
    full.drain(1 << 20);
    settle().await;
    assert_eq!((full.written().as_str(), bob.closed()), ("q", Some(CloseReason::Shutdown)));
    hub.shutdown().await;
}

trait Text {
    fn concat_text(&self) -> String;
}

impl Text for Vec<Frame> {
    fn concat_text(&self) -> String {
        let bytes: Vec<u8> = self.iter().flat_map(|frame| frame.bytes().to_vec()).collect();
        String::from_utf8(bytes).unwrap()
    }
}
