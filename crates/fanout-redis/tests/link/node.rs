//! A node's end of the link, and what it has received.

use std::time::Duration;

use domain::{Ordinal, RouteChange, RouteEvent, RouteId, RoutePlace, RouteUpdate, Seq};
use fanout_redis::{Address, RedisFanOut};
use store::{
    CommittedGroup, Epoch, FanOut as _, FanOutState, GroupHead, GroupId, Heard, HeardStream,
    heard_stream,
};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// How long anything may take before a test fails; a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const EPOCH: Epoch = Epoch(0xab);
pub(crate) const NAME: &str = "seats";
/// Of [`NAME`] in [`EPOCH`].
pub(crate) const CHANNEL: &str = "seatwire:seats:ab";

pub(crate) struct Node {
    pub(crate) fan_out: RedisFanOut,
    heard: HeardStream,
    link: JoinHandle<()>,
}

impl Node {
    pub(crate) fn start(url: &str) -> Self {
        Self::named(url, NAME)
    }

    pub(crate) fn named(url: &str, name: &str) -> Self {
        let (ears, heard) = heard_stream();
        let address = Address::parse(url).unwrap();
        let (fan_out, link) = fanout_redis::start(&address, name, EPOCH, ears).unwrap();
        Self { fan_out, heard, link: tokio::spawn(link) }
    }

    pub(crate) async fn up(self) -> Self {
        self.reaches(FanOutState::Up).await;
        self
    }

    pub(crate) async fn reaches(&self, state: FanOutState) {
        let looked = async {
            while self.fan_out.state() != state {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, looked).await.unwrap_or_else(|_| panic!("never {state:?}"));
    }

    pub(crate) async fn hears(&mut self) -> Heard {
        tokio::time::timeout(PATIENCE, self.heard.next()).await.expect("nothing is heard").unwrap()
    }

    /// The next group that is received; messages that only report a loss are skipped.
    pub(crate) async fn hears_group(&mut self) -> CommittedGroup {
        loop {
            match self.hears().await {
                Heard::Group(group) => return group,
                Heard::Lost => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Ends when it is not needed any more; so does the task of the link.
    pub(crate) async fn ends(self) {
        let Self { fan_out, heard, link } = self;
        drop((fan_out, heard));
        tokio::time::timeout(PATIENCE, link).await.expect("the link goes on").unwrap();
    }
}

/// Sends groups from one node until the other receives one, as sales that go on do; then the link
/// works again. Earlier groups are lost, and the store has them.
pub(crate) async fn talk_again(from: &Node, to: &mut Node, groups: &mut Groups) {
    let said = async {
        loop {
            from.fan_out.group(&groups.next());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let heard = tokio::select! {
        () = said => unreachable!("sales go on"),
        heard = to.hears_group() => heard,
    };
    assert_eq!(heard, groups.said[usize::try_from(heard.number.get() - 1).unwrap()]);
}

/// A chain of groups, one event each.
#[derive(Default)]
pub(crate) struct Groups {
    head: GroupHead,
    pub(crate) said: Vec<CommittedGroup>,
}

impl Groups {
    pub(crate) fn next(&mut self) -> CommittedGroup {
        let position = self.head.last_place + 1;
        let update = RouteUpdate {
            route_id: RouteId(Uuid::from_u128(7)),
            place: RoutePlace { ordinal: Ordinal::new(position), seq: Seq::ZERO },
            position,
            change: RouteChange::Delayed,
            at: "2026-11-28T10:00:00.123456789Z".parse().unwrap(),
        };
        let id = GroupId(Uuid::from_u128(position.into()).into_bytes());
        let group = CommittedGroup::behind(&self.head, id, vec![RouteEvent::Update(update)]);
        self.head = group.head();
        self.said.push(group.clone());
        group
    }
}
