//! Several servers on one database: the clock lets one decide at a time, and each gets the others'
//! notices.

use std::sync::Arc;
use std::time::Duration;

use domain::{
    BusPosition, Latitude, Longitude, Notice, Refusal, RouteId, ViewerDeed, ViewerOrder, ViewersOf,
};
use store::contract::Desk;
use store::contract::audit::audit;
use store::{
    AccountChange, CommittedStream, Door as _, Envelope, FanOut as _, FanOutState, Heard,
    HeardStream, Inventory as _, NodeId, People as _, PeopleWrite, ViewerOrders as _,
};
use store_postgres::{Listening, PostgresStore, open_by_callers_time};
use tokio_util::sync::CancellationToken;

use crate::server::Database;

/// No wait of these tests takes this long.
const PATIENCE: Duration = Duration::from_secs(60);

const SEATS: u16 = 40;

/// One of the servers.
struct Node {
    handle: PostgresStore,
    stream: CommittedStream,
    listening: Listening,
    heard: HeardStream,
    stop: CancellationToken,
}

impl Node {
    async fn on(database: &Database) -> Self {
        let address = database.address();
        let (handle, stream) =
            open_by_callers_time(&address, &store::DataKeys::default()).await.unwrap();
        let (ears, heard) = store::heard_stream();
        let stop = CancellationToken::new();
        let listening = handle.listen(&address, ears, stop.clone());
        let mut node = Self { handle, stream, listening, heard, stop };
        // Sent when it is certain that notices arrive.
        assert_eq!(node.hears().await, Heard::Lost);
        assert_eq!(node.listening.state(), FanOutState::Up);
        node
    }

    fn desk(&self, desk: &Desk) -> Desk {
        desk.at_store(Arc::new(self.handle.clone()))
    }

    async fn hears(&mut self) -> Heard {
        let heard = tokio::time::timeout(PATIENCE, self.heard.next()).await;
        heard.expect("something is heard in time").expect("there is somebody to hear")
    }

    /// Everything that it sent of its own groups.
    async fn told(self) -> Vec<domain::RouteEvent> {
        let Self { handle, mut stream, stop, .. } = self;
        stop.cancel();
        handle.close().await;
        let mut told = Vec::new();
        while let Some(group) = stream.next().await {
            told.extend(group.events);
        }
        told
    }
}

async fn two(database: &Database) -> ([Node; 2], Desk, RouteId) {
    let nodes = [Node::on(database).await, Node::on(database).await];
    let desk = Desk::at(Arc::new(nodes[0].handle.clone()), 1_000);
    desk.hire().await;
    let route = desk.route(SEATS).await;
    (nodes, desk, route)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_race_for_every_seat_and_each_is_sold_once() {
    let database = Database::with_tables().await;
    let (nodes, desk, route) = two(&database).await;
    // One group may take all contested seats; these two are each node's own.
    for (node, seat) in nodes.iter().zip([SEATS - 1, SEATS]) {
        let desk = node.desk(&desk);
        desk.book(desk.customer, route, seat, (0, 3)).await.unwrap();
    }
    let raced = SEATS - 2;
    let buyers: Vec<_> = (0..400_u16)
        .map(|buyer| {
            let desk = nodes[usize::from(buyer % 2)].desk(&desk);
            let seat = 1 + buyer / 2 % raced;
            tokio::spawn(async move { desk.book(desk.customer, route, seat, (0, 3)).await })
        })
        .collect();
    let mut sold = 0;
    for buyer in buyers {
        match buyer.await.unwrap() {
            Ok(_) => sold += 1,
            Err(refusal) => assert_eq!(refusal, Refusal::SeatTaken),
        }
    }
    assert_eq!(sold, raced);
    let ledger = audit(&nodes[1].handle).await;
    assert_eq!(ledger.tickets.len(), usize::from(SEATS));
    drop(desk);
    let [first, second] = nodes;
    let mut told = [first.told().await, second.told().await];
    assert!(told.iter().all(|told| !told.is_empty()), "both have sold");
    let mut told: Vec<_> = told.iter_mut().flat_map(std::mem::take).collect();
    told.sort_by_key(domain::RouteEvent::position);
    ledger.check_told(&told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_hears_of_the_others_groups_and_again_after_a_loss() {
    let database = Database::with_tables().await;
    let ([first, mut second], desk, route) = two(&database).await;
    let booked = |seat| {
        let desk = first.desk(&desk);
        async move { desk.book(desk.customer, route, seat, (0, 3)).await.unwrap() }
    };
    booked(1).await;
    let newest = first.handle.newest_group().await.unwrap().number;
    while second.hears().await != Heard::Number(newest) {}
    // It gets no notice of its own groups: the next notice is about the first node's.
    let own = second.desk(&desk);
    own.book(own.customer, route, 2, (0, 3)).await.unwrap();
    booked(3).await;
    let newest = first.handle.newest_group().await.unwrap().number;
    assert_eq!(second.hears().await, Heard::Number(newest));

    let position = BusPosition {
        lat: Latitude::from_degrees(41.0).unwrap(),
        lng: Longitude::from_degrees(29.0).unwrap(),
        speed: None,
        at: "2026-12-01T00:00:00Z".parse().unwrap(),
    };
    first.listening.position(route, &position);
    assert_eq!(second.hears().await, Heard::Position { route_id: route, position });

    let raw = database.raw().await;
    let ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid() \
                 AND query LIKE '%pg_notify(%seatwire_groups%'";
    let ended: i64 = raw.query_one(ended, &[]).await.unwrap().get(0);
    assert!(ended >= 1, "there are connections that listen");
    // Notices from the time between may be missing, and later ones arrive.
    while second.hears().await != Heard::Lost {}
    assert_eq!(second.listening.state(), FanOutState::Up);
    booked(4).await;
    let newest = first.handle.newest_group().await.unwrap().number;
    while second.hears().await != Heard::Number(newest) {}
    drop((desk, own));
    for node in [first, second] {
        node.told().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_to_viewers_is_found_once_by_every_other_node() {
    let database = Database::with_tables().await;
    let ([first, second], desk, route) = two(&database).await;
    let [here, there, third] = [1, 2, 3].map(|number| NodeId(uuid::Uuid::from_u128(number)));
    let notice = ViewerDeed::Notify(Notice::new("Peron 12").unwrap());
    let said = ViewerOrder { viewers: ViewersOf::Route(route), deed: notice };
    let user = ViewersOf::User(desk.customer.user_id);
    let ended = ViewerOrder { viewers: user, deed: ViewerDeed::Disconnect };
    let before = second.handle.newest_viewer_order().await.unwrap();
    let order = |order: &ViewerOrder, now| {
        let envelope = Envelope::new((here, order.clone()), domain::Actor::System, now);
        first.handle.send(envelope)
    };
    for each in [&said, &ended] {
        order(each, desk.now).await.unwrap();
    }
    let found = second.handle.viewer_orders(there, before).await.unwrap();
    let orders: Vec<_> = found.iter().map(|found| found.order.clone()).collect();
    assert_eq!(orders, [said, ended.clone()], "in their order");
    assert_eq!(first.handle.viewer_orders(here, before).await.unwrap(), []);
    assert_eq!(second.handle.viewer_orders(third, before).await.unwrap(), found);
    let newest = second.handle.newest_viewer_order().await.unwrap();
    assert_eq!(newest, found[1].number);
    assert_eq!(second.handle.viewer_orders(there, newest).await.unwrap(), []);
    // An order that is an hour old is not for the viewers of now.
    let later = desk.now + jiff::SignedDuration::from_hours(2);
    order(&ended, later).await.unwrap();
    let found = second.handle.viewer_orders(there, before).await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].number > newest);
    drop(desk);
    for node in [first, second] {
        node.told().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_that_are_asked_for_together_are_each_answered() {
    let database = Database::with_tables().await;
    let ([first, second], desk, _) = two(&database).await;
    let nobody = domain::UserId(uuid::Uuid::from_u128(7));
    // More than fit into one query.
    let asked = (0..400).map(|number| {
        let people = desk.people();
        let id = people.get(number % 5).map_or(nobody, |account| account.user_id);
        let store = first.handle.clone();
        tokio::spawn(async move { (id, store.account(id).await) })
    });
    for asked in asked.collect::<Vec<_>>() {
        let (id, found) = asked.await.unwrap();
        let found = found.unwrap().map(|state| state.user.id);
        assert_eq!(found, (id != nobody).then_some(id));
    }
    // The next look-up sees what another node has changed.
    let change = AccountChange::Edit { role: None, is_disabled: Some(true) };
    let disable = PeopleWrite::ChangeAccount(desk.customer.user_id, change);
    let envelope = Envelope::new(disable, domain::Actor::User(desk.admin), desk.now);
    second.handle.send(envelope).await.unwrap();
    let known = first.handle.account(desk.customer.user_id).await.unwrap().unwrap();
    assert!(known.user.disabled_at.is_some());
    drop(desk);
    for node in [first, second] {
        node.told().await;
    }
}
