//! A viewer whose view of its rooms changes while it is in them: its next event has the new form,
//! and none is lost.

use std::sync::Arc;

use rooms::{Audience, Encoding, Event, Frame, Hub, Limits, Message, Offset, Start, View, Viewer};

use crate::fakes::Store;

/// `P<seq>;` in public, `F<seq>;` in full.
struct Shown(u64);

impl Message for Shown {
    fn encode(&self, _: Encoding, audience: Audience, _: &Offset) -> Frame {
        let letter = if audience == Audience::Full { 'F' } else { 'P' };
        Frame::bare(format!("{letter}{};", self.0))
    }
}

fn taken(viewer: &Arc<Viewer>) -> String {
    let frames = viewer.take(1 << 20);
    frames.iter().map(|frame| String::from_utf8_lossy(frame.bytes())).collect()
}

#[tokio::test]
async fn a_viewer_sees_its_rooms_in_another_way_from_the_next_event_on() {
    let store = Arc::new(Store::default());
    let hub = Hub::new(Limits::default(), Arc::clone(&store) as _, 0);
    let presence = hub.connect().unwrap();
    let viewer = presence.viewer();
    let view = |channel| View {
        encoding: Encoding::new(0),
        audience: Audience::Full,
        identity: Some(7),
        channel,
    };
    for (room, channel) in [("a", 0), ("b", 0), ("a", 1)] {
        hub.join(viewer, room, Start::Head, view(channel), |_| []).await.unwrap();
    }
    let publish = |room: &str, owner| {
        let event = store.commit(room);
        let message = Arc::new(Shown(event.place.ordinal));
        hub.publish(vec![Event { owner, message, ..event }]);
        taken(viewer)
    };
    assert_eq!(publish("a", None), "F1;F1;");
    hub.show_as(viewer, 0, Audience::Public, None);
    assert_eq!(publish("a", None), "P2;F2;", "the other channel is another namespace's");
    assert_eq!(publish("b", Some(8)), "P1;");
    hub.show_as(viewer, 0, Audience::Public, Some(8));
    assert_eq!(publish("b", Some(8)), "F2;", "an owner sees all of its own");
}
