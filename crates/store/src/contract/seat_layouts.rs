//! Seat layouts that are kept, and the buses that have them.

use domain::{
    Bus, BusId, BusPatch, Layout, LayoutId, LayoutType, Ordinal, Refusal, RouteChange, RouteEvent,
    RouteId, SeatLayout, SeatLayoutPatch,
};
use jiff::SignedDuration;

use super::desk::answered;
use super::{Desk, EVERYTHING, Harness, World};

/// Four seats, in an order that no generated layout has.
const FOUR: &str = "W D/4 3/2 1";

fn layout(desk: &Desk, name: &str, drawing: &str) -> SeatLayout {
    SeatLayout {
        id: LayoutId(desk.id()),
        name: name.to_owned(),
        layout: drawing.parse().unwrap(),
        created_at: desk.now,
        updated_at: desk.now,
    }
}

async fn kept(desk: &Desk, name: &str, drawing: &str) -> SeatLayout {
    desk.store.create_seat_layout(layout(desk, name, drawing)).await.unwrap()
}

async fn bus_with(desk: &Desk, layout: LayoutId) -> Bus {
    let mut details = desk.bus_details(&format!("34 L {}", desk.id().as_u128()), 4);
    details.layout_id = Some(layout);
    desk.store.create_bus(BusId(desk.id()), details, desk.now).await.unwrap()
}

fn redrawn(drawing: &str) -> SeatLayoutPatch {
    let Layout { lower, upper } = drawing.parse().unwrap();
    SeatLayoutPatch { lower: Some(lower), upper: Some(upper), ..SeatLayoutPatch::default() }
}

fn named(name: &str) -> SeatLayoutPatch {
    SeatLayoutPatch { name: Some(name.to_owned()), ..SeatLayoutPatch::default() }
}

fn having(layout: Option<LayoutId>) -> BusPatch {
    BusPatch { layout_id: Some(layout), ..BusPatch::default() }
}

async fn changes(desk: &Desk, route: RouteId) -> Vec<RouteChange> {
    let events = desk.store.events(route, Ordinal::ZERO, 100).await.unwrap();
    let change = |event: &RouteEvent| match event {
        RouteEvent::Seat(_) => None,
        RouteEvent::Update(update) => Some(update.change),
    };
    events.iter().filter_map(change).collect()
}

pub async fn a_layout_is_kept_and_its_name_is_unique<H: Harness>() {
    let world = World::<H>::new().await;
    let store = &world.store;
    let two_decks = kept(&world, "Skyliner", "W D/1 2//3 4").await;
    let draft = kept(&world, "Draft", "? ?/. _").await;
    assert_eq!(store.seat_layout(two_decks.id).await.unwrap(), Some(two_decks.clone()));
    let all = store.seat_layouts(EVERYTHING).await.unwrap();
    assert_eq!((all.items, all.total), (vec![draft.clone(), two_decks.clone()], 2));
    let taken = answered(store.create_seat_layout(layout(&world, "SKYLİNER", FOUR)).await);
    assert_eq!(taken.map(drop), Err(Refusal::LayoutTaken));
    let taken = answered(store.update_seat_layout(draft.id, named("skyliner"), world.now).await);
    assert_eq!(taken.map(drop), Err(Refusal::LayoutTaken));

    let later = world.now + SignedDuration::from_secs(1);
    let changed = store.update_seat_layout(draft.id, redrawn("1 2/. _"), later).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.layout.to_string()), ("Draft", "1 2/. _".into()));
    assert_eq!((changed.created_at, changed.updated_at), (world.now, later));
    assert_eq!(store.seat_layout(draft.id).await.unwrap(), Some(changed));

    store.delete_seat_layout(draft.id, world.now).await.unwrap();
    assert_eq!(store.seat_layout(draft.id).await.unwrap(), None);
    let unknown = Err(Refusal::LayoutNotFound);
    assert_eq!(answered(store.delete_seat_layout(draft.id, world.now).await), unknown);
    let changed = answered(store.update_seat_layout(draft.id, named("x"), later).await);
    assert_eq!(changed.map(drop), unknown);
    world.finish().await;
}

pub async fn a_bus_is_drawn_as_the_layout_that_it_names<H: Harness>() {
    let world = World::<H>::new().await;
    let (store, now) = (&world.store, world.now);
    let four = kept(&world, "Four", FOUR).await;
    let bus = bus_with(&world, four.id).await;
    assert_eq!((bus.details.layout_id, &bus.details.layout), (Some(four.id), &four.layout));
    assert_eq!(bus.details.layout_name.as_deref(), Some("Four"));
    assert_eq!(store.bus(bus.id).await.unwrap(), Some(bus.clone()));

    // A layout wins over a type, now and in what is sent later.
    let other_type = BusPatch { layout_type: Some(LayoutType::TwoTwo), ..BusPatch::default() };
    let typed = store.update_bus(bus.id, other_type, now).await.unwrap();
    assert_eq!((typed.details.layout_id, &typed.details.layout), (Some(four.id), &four.layout));
    // The seats are the layout's.
    let two = kept(&world, "Two", "1 2").await;
    let smaller = store.update_bus(bus.id, having(Some(two.id)), now).await.unwrap();
    assert_eq!((smaller.details.seat_count, &smaller.details.layout), (2, &two.layout));
    let more = BusPatch { seat_count: Some(3), ..BusPatch::default() };
    let refused = answered(store.update_bus(bus.id, more, now).await);
    assert!(matches!(refused, Err(Refusal::Invalid(_))), "{refused:?}");

    let alone = store.update_bus(bus.id, having(None), now).await.unwrap().details;
    let generated = Layout::generate(LayoutType::TwoTwo, 2);
    assert_eq!((alone.layout_id, alone.layout_name, alone.layout), (None, None, generated));

    let nowhere = LayoutId(world.id());
    let unknown = answered(store.update_bus(bus.id, having(Some(nowhere)), now).await);
    assert_eq!(unknown.map(drop), Err(Refusal::LayoutNotFound));
    let mut details = world.bus_details("34 L 1", 4);
    details.layout_id = Some(nowhere);
    let unknown = answered(store.create_bus(BusId(world.id()), details, now).await);
    assert_eq!(unknown.map(drop), Err(Refusal::LayoutNotFound));
    world.finish().await;
}

pub async fn a_layout_that_is_not_finished_is_for_no_bus<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(4).await;
    for drawing in ["1 2/3 ?", "1 2/3 5", ". _"] {
        let draft = kept(&world, drawing, drawing).await;
        let refused =
            answered(world.store.update_bus(bus, having(Some(draft.id)), world.now).await);
        assert!(matches!(refused, Err(Refusal::Invalid(_))), "{drawing}: {refused:?}");
        let mut details = world.bus_details(&format!("34 D {drawing}").replace(['?', '/'], ""), 4);
        details.layout_id = Some(draft.id);
        let refused = answered(world.store.create_bus(BusId(world.id()), details, world.now).await);
        assert!(matches!(refused, Err(Refusal::Invalid(_))), "{drawing}: {refused:?}");
    }
    world.finish().await;
}

pub async fn every_bus_changes_with_its_layout<H: Harness>() {
    let world = World::<H>::new().await;
    let store = &world.store;
    let four = kept(&world, "Four", FOUR).await;
    let (first, second) = (bus_with(&world, four.id).await, bus_with(&world, four.id).await);
    let elsewhere = world.route(4).await;
    let route = world.route_of(world.plan(first.id)).await;
    let later = world.now + SignedDuration::from_secs(1);
    store.update_seat_layout(four.id, redrawn("1 2/3 4"), later).await.unwrap();
    for bus in [&first, &second] {
        let bus = store.bus(bus.id).await.unwrap().unwrap();
        assert_eq!(bus.details.layout.to_string(), "1 2/3 4");
        assert_eq!(bus.updated_at, later);
    }
    assert_eq!(changes(&world, route).await, [RouteChange::Bus]);
    assert!(changes(&world, elsewhere).await.is_empty());

    world.book(world.customer, route, 3, (0, 3)).await.unwrap();
    let fixed = answered(store.update_seat_layout(four.id, redrawn(FOUR), later).await);
    assert_eq!(fixed.map(drop), Err(Refusal::BusSeatsFixed));
    assert_eq!(store.seat_layout(four.id).await.unwrap().unwrap().layout.to_string(), "1 2/3 4");
    // A new name moves no seat.
    store.update_seat_layout(four.id, named("Dört"), later).await.unwrap();
    let bus = store.bus(first.id).await.unwrap().unwrap();
    assert_eq!(bus.details.layout_name.as_deref(), Some("Dört"));
    assert_eq!(changes(&world, route).await.len(), 1);
    world.finish().await;
}

pub async fn a_layout_in_use_stays<H: Harness>() {
    let world = World::<H>::new().await;
    let store = &world.store;
    let four = kept(&world, "Four", FOUR).await;
    let bus = bus_with(&world, four.id).await;
    let in_use = Err(Refusal::LayoutInUse);
    assert_eq!(answered(store.delete_seat_layout(four.id, world.now).await), in_use);
    for drawing in ["1 2 3", "1 2/3 ?", "1 2 3 4 5"] {
        let changed = store.update_seat_layout(four.id, redrawn(drawing), world.now).await;
        assert_eq!(answered(changed).map(drop), Err(Refusal::LayoutInUse), "{drawing}");
    }
    assert_eq!(store.seat_layout(four.id).await.unwrap(), Some(four.clone()));
    store.delete_bus(bus.id, world.now).await.unwrap();
    store.delete_seat_layout(four.id, world.now).await.unwrap();
    world.finish().await;
}
