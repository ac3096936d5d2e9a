//! A room whose last event has come: a viewer that gets it leaves, with a farewell, and no one can
//! join.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use rooms::{
    AnyStream, Audience, Encoding, Frame, Hub, JoinError, Limits, Message, Offset, Start, View,
};

use crate::fakes::{Socket, Store, event, place};

const VIEW: View =
    View { encoding: Encoding::new(0), audience: Audience::Public, identity: None, channel: 0 };

/// `E<ordinal>;`, and after the last one `gone;`.
struct Last(u64);

impl Message for Last {
    fn encode(&self, _: Encoding, _: Audience, _: &Offset) -> Frame {
        Frame::bare(format!("E{};", self.0))
    }

    fn farewell(&self, _: Encoding) -> Option<Frame> {
        Some(Frame::bare("gone;"))
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_given_the_last_event_has_left_the_room() {
    let store = Arc::new(Store::default());
    let hub = Hub::new(Limits::default(), Arc::clone(&store) as _, 0);
    let (pulled, pushed, slow) =
        (hub.connect().unwrap(), hub.connect().unwrap(), hub.connect().unwrap());
    let (socket, full_socket) = (Socket::default(), Socket::default());
    socket.drain(1 << 20);
    for (presence, socket) in [(&pushed, &socket), (&slow, &full_socket)] {
        presence.attach(AnyStream::Boxed(Box::new(socket.clone())));
        let viewer = Arc::clone(presence);
        tokio::spawn(async move { poll_fn(|cx| viewer.poll_drive(cx)).await });
    }
    for presence in [&pulled, &pushed, &slow] {
        hub.join(presence, "r", Start::Head, VIEW, |_| []).await.unwrap();
        hub.join(presence, "s", Start::Head, VIEW, |_| []).await.unwrap();
    }
    // Another room's events before and after the end; no viewer loses any of them.
    let mut batch = vec![store.commit("r"), store.commit("s")];
    batch.push(event("r", 2, 3, None, Arc::new(Last(2))));
    hub.publish(batch);
    hub.publish(vec![event("s", 2, 4, None, Arc::new(Text))]);
    tokio::time::sleep(Duration::from_secs(1)).await;

    let told = "Er:1;Es:1;E2;gone;Es:2;";
    assert_eq!(socket.written(), told);
    let mut taken = String::new();
    loop {
        let frames = pulled.take(1 << 20);
        if frames.is_empty() {
            break;
        }
        frames.iter().for_each(|frame| taken.push_str(&String::from_utf8_lossy(frame.bytes())));
    }
    assert_eq!(taken, told);
    // The slow one is still on its way, so the room exists; but no one can join.
    assert_eq!(slow.cursor("r", 0), Some(place(0)));
    for start in [Start::Head, Start::After(place(1))] {
        let late = hub.join(&pushed, "r", start, VIEW, |_| []).await;
        assert!(matches!(late, Err(JoinError::UnknownRoom)), "{late:?}");
    }
    full_socket.drain(12);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(full_socket.written(), "Er:1;Es:1;E2");
    full_socket.drain(1 << 20);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(full_socket.written(), told);
    for presence in [&pulled, &pushed, &slow] {
        assert_eq!((presence.rooms(), presence.cursor("r", 0)), (1, None));
    }
    assert_eq!(hub.stats().rooms, 1);
}

struct Text;

impl Message for Text {
    fn encode(&self, _: Encoding, _: Audience, _: &Offset) -> Frame {
        Frame::bare("Es:2;")
    }
}
