//! The audit's rows of writes that read and write their tables by themselves: the catalogue,
//! accounts, and reads.

use domain::audit::Shown;
use domain::{
    BookingId, BusFeature, BusFeaturePatch, BusId, BusPatch, FeatureId, LayoutId, RouteId,
    RoutePatch, SeatLayout, SeatLayoutPatch, Station, StationId, StationKind, StationPatch, UserId,
    ViewerDeed, ViewerOrder, ViewersOf,
};
use jiff::SignedDuration;

use super::audit::rows::rows;
use super::desk::user;
use super::trail::last;
use super::{Desk, Harness, World};
use crate::{
    AccountChange, AuditActor, AuditEntry, AuditFilter, CatalogueWrite, Envelope, NodeId,
    PasswordHash, PeopleWrite, TokenDigest, Write,
};

fn station(world: &Desk) -> Station {
    let (id, at) = (StationId(world.id()), world.now);
    let (name, slug) = ("Bolu".to_owned(), "bolu".to_owned());
    Station { id, name, slug, kind: StationKind::City, created_at: at, updated_at: at }
}

/// What each write of the catalogue and of accounts leaves: a row for each thing that it changed.
pub async fn every_other_write_has_its_rows<H: Harness>() {
    let world = World::<H>::new().await;
    let now = world.now;
    let (bus, route) = (BusId(world.id()), RouteId(world.id()));
    let (layout, feature) = (LayoutId(world.id()), FeatureId(world.id()));
    let (station, person) = (station(&world), UserId(world.id()));
    let layout_form = SeatLayout {
        id: layout,
        name: "Four".to_owned(),
        layout: "W D/4 3/2 1".parse().unwrap(),
        created_at: now,
        updated_at: now,
    };
    let feature_form = BusFeature {
        id: feature,
        name: "wifi".to_owned(),
        description: None,
        icon_path: "/features/wifi.svg".to_owned(),
    };
    let mut details = world.bus_details("34 AU 1", 4);
    details.owner = Some("Hasan Usta".to_owned());
    let fitted = BusPatch {
        layout_id: Some(Some(layout)),
        features: Some(vec![feature]),
        ..BusPatch::default()
    };
    let mut plan = world.plan(bus);
    plan.crew.captain = Some("Veli Kaptan".to_owned());
    let later = |by| RoutePatch {
        departure_time: Some(world.plan(bus).stops[0].time + SignedDuration::from_secs(by)),
        ..RoutePatch::default()
    };
    let name = |name: &str| Some(name.to_owned());
    use CatalogueWrite as W;
    let steps: Vec<(Write, &[&str])> = vec![
        (W::CreateSeatLayout(layout_form).into(), &["SEAT_LAYOUT created"]),
        (W::CreateBusFeature(feature_form).into(), &["BUS_FEATURE created"]),
        (W::CreateBus(bus, details).into(), &["BUS created"]),
        (W::ChangeBus(bus, fitted).into(), &["BUS changed"]),
        (W::CreateRoute(route, plan).into(), &["ROUTE created"]),
        (W::ChangeRoute(route, later(60)).into(), &["ROUTE changed"]),
        (
            W::ChangeSeatLayout(layout, SeatLayoutPatch { name: name("4"), ..Default::default() })
                .into(),
            &["SEAT_LAYOUT changed", "BUS changed"],
        ),
        (
            W::ChangeBusFeature(
                feature,
                BusFeaturePatch { name: name("Wi"), ..Default::default() },
            )
            .into(),
            &["BUS_FEATURE changed", "BUS changed"],
        ),
        (W::DeleteBusFeature(feature).into(), &["BUS changed", "BUS_FEATURE deleted"]),
        (W::GiveBusToken(bus, TokenDigest([7; 32])).into(), &["BUS token_given"]),
        (W::RevokeBusToken(bus).into(), &["BUS token_revoked"]),
        (W::DeleteRoute(route).into(), &["ROUTE deleted"]),
        (W::DeleteBus(bus).into(), &["BUS deleted"]),
        (W::DeleteSeatLayout(layout).into(), &["SEAT_LAYOUT deleted"]),
        (W::CreateStation(station.clone()).into(), &["STATION created"]),
        (
            W::ChangeStation(
                station.id,
                StationPatch { name: name("Bolu 2"), ..Default::default() },
            )
            .into(),
            &["STATION changed"],
        ),
        (W::DeleteStation(station.id).into(), &["STATION deleted"]),
        (
            PeopleWrite::CreateUser(
                user(person, "new@example.com", domain::Role::Agent, now),
                PasswordHash("secret hash".to_owned()),
            )
            .into(),
            &["USER created"],
        ),
        (
            PeopleWrite::ChangeAccount(
                person,
                AccountChange::Password { hash: "other".into(), spared: None },
            )
            .into(),
            &["USER password_changed"],
        ),
        (PeopleWrite::ChangeAccount(person, AccountChange::DISABLE).into(), &["USER disabled"]),
        // It is already.
        (PeopleWrite::ChangeAccount(person, AccountChange::DISABLE).into(), &[]),
        (PeopleWrite::ChangeAccount(person, AccountChange::ENABLE).into(), &["USER enabled"]),
        (
            PeopleWrite::ChangeAccount(person, AccountChange::RevokeAll).into(),
            &["USER token_revoked"],
        ),
        (PeopleWrite::ChangeAccount(person, AccountChange::Delete).into(), &["USER deleted"]),
        (Shown::Booking(BookingId(world.id())).into(), &["BOOKING read"]),
        (
            (
                NodeId(world.id()),
                ViewerOrder { viewers: ViewersOf::User(person), deed: ViewerDeed::Disconnect },
            )
                .into(),
            &["USER disconnected"],
        ),
        (Shown::User(person).into(), &["USER read"]),
        (Shown::Users(vec![person]).into(), &["USERS read"]),
    ];
    let store = world.store.as_ref();
    let mut known = rows(store, AuditFilter::default()).await;
    for (second, (write, told)) in (1..).zip(steps) {
        let step = format!("{write:?}");
        let at = now + SignedDuration::from_secs(second);
        store.send(Envelope::new(write, world.admin, at)).await.unwrap();
        let all = rows(store, AuditFilter::default()).await;
        let new: Vec<_> = all.iter().filter(|row| !known.contains(row)).cloned().collect();
        assert_eq!(all.len(), known.len() + new.len(), "rows are only added: {step}");
        known = all;
        let row = |row: &AuditEntry| format!("{} {}", row.subject_kind, row.action);
        assert_eq!(new.iter().map(row).collect::<Vec<_>>(), *told, "{step}");
        for row in new {
            assert_eq!(row.actor.user_id(), Some(world.admin.user_id), "{row:?}");
            let text = format!("{row:?}");
            for personal in ["Hasan", "Veli", "hash", "new@", "Ayşe"] {
                assert!(!text.contains(personal), "{personal} in {text}");
            }
        }
    }
    // A departure that has sold seats moves its times as a delay.
    let sold = world.route(3).await;
    world.book(world.customer, sold, 1, (0, 1)).await.unwrap();
    let times = store.route(sold).await.unwrap().unwrap().route.stops;
    let last_stop = times[times.len() - 1].time + SignedDuration::from_secs(60);
    let delay = RoutePatch { arrival_time: Some(last_stop), ..RoutePatch::default() };
    store.update_route(sold, delay, now).await.unwrap();
    let row = last(rows(store, AuditFilter { route_id: Some(sold), ..Default::default() }).await);
    assert_eq!((row.action.as_str(), row.actor), ("delayed", AuditActor::System));
    world.finish().await;
}
