//! What buses offer, and the buses that offer it.

use domain::{
    BusFeature, BusFeaturePatch, BusId, BusPatch, FeatureId, Latitude, Longitude, Refusal,
};
use jiff::SignedDuration;

use super::desk::answered;
use super::{Desk, EVERYTHING, Harness, World};

async fn feature(desk: &Desk, name: &str) -> BusFeature {
    let icon_path = format!("/features/{name}.svg");
    let id = FeatureId(desk.id());
    let feature = BusFeature { id, name: name.to_owned(), description: None, icon_path };
    desk.store.create_bus_feature(feature, desk.now).await.unwrap()
}

fn named(name: &str) -> BusFeaturePatch {
    let description = Some(Some(format!("about {name}")));
    BusFeaturePatch { name: Some(name.to_owned()), description, icon_path: None }
}

pub async fn a_feature_is_kept_and_its_name_is_unique<H: Harness>() {
    let world = World::<H>::new().await;
    let (store, now) = (&world.store, world.now);
    let (wifi, tea) = (feature(&world, "wifi").await, feature(&world, "çay").await);
    assert_eq!(store.bus_feature(wifi.id).await.unwrap(), Some(wifi.clone()));
    let same = BusFeature { id: FeatureId(world.id()), name: "WİFİ".into(), ..wifi.clone() };
    let taken = Err(Refusal::FeatureTaken);
    assert_eq!(answered(store.create_bus_feature(same, now).await).map(drop), taken);
    let renamed = store.update_bus_feature(tea.id, named("Wifi"), now).await;
    assert_eq!(answered(renamed).map(drop), taken);
    let changed = store.update_bus_feature(tea.id, named("Çay"), now).await.unwrap();
    assert_eq!(
        (changed.description.as_deref(), &changed.icon_path),
        (Some("about Çay"), &tea.icon_path)
    );
    let all = store.bus_features(EVERYTHING).await.unwrap();
    assert_eq!((all.items, all.total), (vec![changed, wifi.clone()], 2));
    store.delete_bus_feature(wifi.id, now).await.unwrap();
    let unknown = Err(Refusal::FeatureNotFound);
    assert_eq!(answered(store.delete_bus_feature(wifi.id, now).await), unknown);
    let changed = answered(store.update_bus_feature(wifi.id, named("x"), now).await);
    assert_eq!(changed.map(drop), unknown);
    world.finish().await;
}

pub async fn a_bus_shows_its_features_as_they_are<H: Harness>() {
    let world = World::<H>::new().await;
    let (store, now) = (&world.store, world.now);
    let (wifi, tea) = (feature(&world, "wifi").await, feature(&world, "tea").await);
    let mut details = world.bus_details("34 F 1", 4);
    details.features = vec![tea.clone(), wifi.clone()];
    details.test_lat = Latitude::from_degrees(41.015_137);
    details.test_lng = Longitude::from_degrees(-28.5);
    let id = BusId(world.id());
    let bus = store.create_bus(id, details.clone(), now).await.unwrap();
    assert_eq!(bus.details, details, "in their order");
    assert_eq!(store.bus(id).await.unwrap(), Some(bus));

    let later = now + SignedDuration::from_secs(1);
    let changed = store.update_bus_feature(wifi.id, named("Wi-Fi"), later).await.unwrap();
    let bus = store.bus(id).await.unwrap().unwrap();
    assert_eq!(bus.details.features, [tea.clone(), changed.clone()]);
    assert_eq!(bus.updated_at, later);
    store.delete_bus_feature(tea.id, later).await.unwrap();
    assert_eq!(
        store.bus(id).await.unwrap().unwrap().details.features,
        std::slice::from_ref(&changed)
    );

    let having = |ids: Vec<FeatureId>| BusPatch { features: Some(ids), ..BusPatch::default() };
    let gone = answered(store.update_bus(id, having(vec![wifi.id, tea.id]), later).await);
    assert_eq!(gone.map(drop), Err(Refusal::FeatureNotFound));
    let twice = answered(store.update_bus(id, having(vec![wifi.id, wifi.id]), later).await);
    assert!(matches!(twice, Err(Refusal::Invalid(_))), "{twice:?}");
    let mut other = world.bus_details("34 F 2", 4);
    other.features = vec![tea];
    let gone = answered(store.create_bus(BusId(world.id()), other, later).await);
    assert_eq!(gone.map(drop), Err(Refusal::FeatureNotFound));
    // A feature that no bus has any more may be deleted, and so may a bus that has features.
    let none = store.update_bus(id, having(Vec::new()), later).await.unwrap();
    assert!(none.details.features.is_empty());
    store.update_bus(id, having(vec![wifi.id]), later).await.unwrap();
    store.delete_bus(id, later).await.unwrap();
    store.delete_bus_feature(wifi.id, later).await.unwrap();
    world.finish().await;
}
