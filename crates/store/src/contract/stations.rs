//! Stations.

use domain::station::slug;
use domain::{Refusal, Station, StationId, StationKind, StationPatch};
use jiff::SignedDuration;

use super::desk::answered;
use super::{Desk, EVERYTHING, Harness, World};
use crate::{Page, StationFilter};

fn station(desk: &Desk, name: &str) -> Station {
    Station {
        id: StationId(desk.id()),
        name: name.to_owned(),
        slug: slug(name),
        kind: StationKind::Terminal,
        created_at: desk.now,
        updated_at: desk.now,
    }
}

fn patch(name: &str) -> StationPatch {
    StationPatch { name: Some(name.to_owned()), ..StationPatch::default() }
}

pub async fn stations_are_made_changed_and_deleted<H: Harness>() {
    let world = World::<H>::new().await;
    let store = &world.store;
    let old = station(&world, "Ankara");
    assert_eq!(store.create_station(old.clone()).await.unwrap(), old);
    assert_eq!(store.station(old.id).await.unwrap(), Some(old.clone()));
    let name = "Ankara (AŞTİ)";
    let renamed = patch(name);
    // Changed in the millisecond in which it was made, it still gets another version.
    let updated_at = old.updated_at + SignedDuration::from_millis(1);
    let new = Station { name: name.into(), slug: slug(name), updated_at, ..old };
    let changed = store.update_station(new.id, renamed.clone(), world.now).await.unwrap();
    assert_eq!(changed, new, "what is not named stays");
    assert_eq!(store.station(new.id).await.unwrap(), Some(new.clone()));
    store.delete_station(new.id, world.now).await.unwrap();
    assert_eq!(store.station(new.id).await.unwrap(), None);
    let gone = Err(Refusal::StationNotFound);
    assert_eq!(answered(store.delete_station(new.id, world.now).await), gone);
    let changed = store.update_station(new.id, renamed, world.now).await;
    assert_eq!(answered(changed).map(drop), gone);
    world.finish().await;
}

pub async fn a_slug_is_unique<H: Harness>() {
    let world = World::<H>::new().await;
    let store = &world.store;
    let first = station(&world, "İzmir");
    store.create_station(first.clone()).await.unwrap();
    let same = answered(store.create_station(station(&world, "IZMIR")).await);
    assert_eq!(same.map(drop), Err(Refusal::StationTaken));
    let other = store.create_station(station(&world, "Bolu")).await.unwrap();
    let renamed = answered(store.update_station(other.id, patch("İZMİR"), world.now).await);
    assert_eq!(renamed.map(drop), Err(Refusal::StationTaken));
    assert_eq!(store.station(other.id).await.unwrap(), Some(other));
    // A station may keep its own slug.
    store.update_station(first.id, patch("izmir"), world.now).await.unwrap();
    world.finish().await;
}

pub async fn stations_are_found_by_part_of_their_name<H: Harness>() {
    let world = World::<H>::new().await;
    for name in ["Şanlıurfa", "Iğdır", "100% Mola", "Çanakkale", "Urla_Otogar"] {
        world.store.create_station(station(&world, name)).await.unwrap();
    }
    let found = |part: &str, page: Page| {
        let filter = StationFilter { name_contains: Some(part.to_owned()) };
        let store = &world.store;
        async move {
            let found = store.stations(filter, page).await.unwrap();
            (found.items.into_iter().map(|station| station.name).collect::<Vec<_>>(), found.total)
        }
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(found("URFA", EVERYTHING).await, (names(&["Şanlıurfa"]), 1));
    assert_eq!(found("igdir", EVERYTHING).await.1, 1);
    assert_eq!(found("%", EVERYTHING).await, (names(&["100% Mola"]), 1), "not a pattern");
    assert_eq!(found("_", EVERYTHING).await, (names(&["Urla_Otogar"]), 1), "not a pattern");
    assert_eq!(found("\\", EVERYTHING).await.1, 0);
    let by_name = ["100% Mola", "Çanakkale", "Iğdır", "Şanlıurfa", "Urla_Otogar"];
    let all = world.store.stations(StationFilter::default(), EVERYTHING).await.unwrap();
    assert_eq!(all.items.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), by_name);
    let page = world.store.stations(StationFilter::default(), Page { offset: 3, limit: 5 });
    let page = page.await.unwrap();
    assert_eq!((page.items.len(), page.total), (2, 5));
    world.finish().await;
}
