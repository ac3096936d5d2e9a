//! A write names the version that it is made on, and is refused when there is another by now.

use domain::{Expected, Refusal, StationId, StationKind, StationPatch, Version};

use super::desk::answered;
use super::{Harness, World};
use crate::{CatalogueWrite, Done, Envelope, Sender};

/// Of all callers that read the same version only one may write, also within one group of commands.
pub async fn of_many_on_one_version_one_writes<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let read = world.store.ticket(ticket).await.unwrap().unwrap().ticket.updated_at;
    let expected = Some(Expected::OneOf(vec![Version::of(read)]));
    let racing: Vec<_> = (2..=9)
        .map(|seat| {
            let (desk, mut envelope) = (world.desk(), world.moving(world.customer, ticket, seat));
            envelope.sender.expected = expected.clone();
            tokio::spawn(async move { desk.execute(envelope).await.map(drop) })
        })
        .collect();
    let mut written = 0;
    for one in racing {
        match one.await.unwrap() {
            Ok(()) => written += 1,
            Err(refusal) => assert_eq!(refusal, Refusal::VersionMoved),
        }
    }
    assert_eq!(written, 1);
    let now = world.store.ticket(ticket).await.unwrap().unwrap().ticket.updated_at;
    assert!(Version::of(now) > Version::of(read), "by a clock that stands still");
    let ledger = world.finish().await;
    assert_eq!(ledger.events[&route].len(), 3, "booked, and moved once");
}

pub async fn a_catalogue_write_on_an_old_version_changes_nothing<H: Harness>() {
    let world = World::<H>::new().await;
    let station = domain::Station {
        id: StationId(world.id()),
        name: "Bolu".to_owned(),
        slug: "bolu".to_owned(),
        kind: StationKind::City,
        created_at: world.now,
        updated_at: world.now,
    };
    world.store.create_station(station.clone()).await.unwrap();
    let on = |version| Sender {
        expected: Some(Expected::OneOf(vec![version])),
        ..Sender::from(world.admin)
    };
    let changed = |kind, version| {
        let patch = StationPatch { kind: Some(kind), ..StationPatch::default() };
        let write = CatalogueWrite::ChangeStation(station.id, patch);
        world.store.send(Envelope::new(write, on(version), world.now))
    };
    let read = Version::of(station.updated_at);
    let done = changed(StationKind::Terminal, read).await.unwrap();
    let Done::Station(now) = done else { unreachable!("a change of a station shows it") };
    let old = changed(StationKind::RestFacility, read).await;
    assert_eq!(answered(old), Err(Refusal::VersionMoved));
    let delete = |version| {
        let write = CatalogueWrite::DeleteStation(station.id);
        world.store.send(Envelope::new(write, on(version), world.now))
    };
    assert_eq!(answered(delete(read).await), Err(Refusal::VersionMoved));
    assert_eq!(world.store.station(station.id).await.unwrap(), Some(now.clone()));
    assert_eq!(answered(delete(Version::of(now.updated_at)).await), Ok(Done::Station(now)));
    world.finish().await;
}
