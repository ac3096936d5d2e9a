//! The events of a route's stream, as every viewer reads them.

use serde_json::json;

use super::shape;
use crate::support::event_reader::watch;
use crate::support::world::{CARD_THAT_PAYS, World, id, pay};

#[test]
fn the_stream_of_a_ticket_life() {
    let world = World::new();
    let route = world.some_route();
    let mut events = watch(&world.nobody, id(&route), None);
    let subscribed = events.next();
    assert_eq!((&*subscribed.name, subscribed.id), ("subscribed", Some(0)));
    shape("event_subscribed", &subscribed.data);

    let ticket = world.booked(&world.owner, &route, 5);
    shape("event_seat_reserved", &events.seat_update());
    let path = |what: &str| format!("/tickets/{}{what}", id(&ticket));
    world.owner.patch(&path(""), &json!({"seatNumber": 6})).ok(200);
    shape("event_seat_available_after_a_move", &events.seat_update());
    shape("event_seat_reserved_by_a_move", &events.seat_update());
    pay(&world.owner, id(&ticket), CARD_THAT_PAYS).ok(200);
    shape("event_seat_confirmed_by_payment", &events.seat_update());
    world.agent.call("PATCH", &path("/suspend")).ok(200);
    shape("event_seat_suspended", &events.seat_update());
    world.agent.call("PATCH", &path("/confirm")).ok(200);
    shape("event_seat_confirmed_again", &events.seat_update());
    world.owner.call("POST", &format!("/payments/refund/{}", id(&ticket))).ok(200);
    shape("event_seat_cancelled", &events.seat_update());
    shape("event_seat_available", &events.seat_update());
    world.booked(&world.agent, &route, 5);
    shape("event_seat_confirmed_by_sale", &events.seat_update());
    assert_eq!(world.seq(id(&route)), 9);
}

#[test]
fn a_reader_goes_on_behind_the_last_event_it_has_seen() {
    let world = World::new();
    let route = world.some_route();
    for seat in 1..=3 {
        world.booked(&world.owner, &route, seat);
    }
    let mut events = watch(&world.nobody, id(&route), Some(1));
    assert_eq!(events.next().id, Some(1));
    assert_eq!(
        [events.seat_update(), events.seat_update()].map(|event| event["seq"].clone()),
        [2, 3]
    );
    // With a `since` ahead of the store: one snapshot, then live events.
    let mut ahead = watch(&world.nobody, id(&route), Some(1_000));
    assert_eq!(ahead.next().name, "subscribed");
    let snapshot = ahead.next();
    assert_eq!((&*snapshot.name, snapshot.id), ("seat_snapshot", Some(3)));
    shape("event_seat_snapshot", &snapshot.data);
    world.booked(&world.owner, &route, 4);
    assert_eq!(ahead.seat_update()["seq"], 4);
}

#[test]
fn in_production_only_staff_and_owners_see_whose_ticket_it_is() {
    let world = World::with(|launch| {
        launch
            .setting("MODE", "production")
            .setting("ALLOW_MOCK_PAYMENTS", "true")
            .setting("JWT_SECRET", "c81f94e0b7a25d3687f1c2be09a4d653")
    });
    let route = world.some_route();
    let viewers = [
        (&world.nobody, false),
        (&world.stranger, false),
        (&world.owner, true),
        (&world.agent, true),
        (&world.admin, true),
    ];
    let mut readers = viewers.map(|(viewer, sees)| (watch(viewer, id(&route), None), sees));
    readers.iter_mut().for_each(|(reader, _)| drop(reader.next()));
    let ticket = world.booked(&world.owner, &route, 5);
    for (reader, sees) in &mut readers {
        let event = reader.seat_update();
        let told = (event.get("ticketId"), event.get("pnrNumber"));
        let whole = (ticket.get("id"), ticket.get("pnrNumber"));
        assert_eq!(told, if *sees { whole } else { (None, None) });
        assert_eq!(event["metadata"]["gender"], "FEMALE");
    }
}
