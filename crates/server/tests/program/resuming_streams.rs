//! `GET /routes/{id}/events`: where a reader resumes, whatever id it sends.

use crate::support::event_reader::watch_with;
use crate::support::world::{World, id};

#[test]
fn a_reader_goes_on_behind_the_id_that_it_shows_and_else_at_the_head() {
    let world = World::new();
    let route = world.some_route();
    for seat in 1..=3 {
        world.booked(&world.owner, &route, seat);
    }
    let id = id(&route);
    for (query, header) in [
        ("?lastEventId=1", None),
        ("", Some("1")),
        ("?lastEventId=2", Some(" 1 ")),
        // An `EventSource` that reconnects: its address has the old id.
        ("?lastEventId=0", Some("1")),
    ] {
        let headers: Vec<_> = header.iter().map(|value| ("last-event-id", *value)).collect();
        let mut events = watch_with(&world.nobody, id, query, &headers);
        let first = events.next();
        assert_eq!((first.name.as_str(), first.id), ("subscribed", Some(1)), "{query} {header:?}");
        for seq in [2, 3] {
            assert_eq!(events.seat_update()["seq"], seq, "{query} {header:?}");
        }
    }
    for (query, header) in [
        ("", None),
        ("", Some("")),
        ("", Some("abc")),
        ("", Some("-1")),
        ("", Some("99999999999999999999999")),
        ("?lastEventId=", None),
        ("?lastEventId=1.5", None),
        ("?lastEventId=%00", None),
        // The header wins even when it cannot be used.
        ("?lastEventId=1", Some("")),
    ] {
        let headers: Vec<_> = header.iter().map(|value| ("last-event-id", *value)).collect();
        let mut events = watch_with(&world.nobody, id, query, &headers);
        let first = events.next();
        assert_eq!((first.name.as_str(), first.id), ("subscribed", Some(3)), "{query} {header:?}");
    }
}
