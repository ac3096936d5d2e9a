//! The queue in front of the viewers: groups that are lost, repeated, reordered, and groups of a
//! history that a failover has undone.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::time::Duration;

use proptest::prelude::*;
use store::metrics::KnownAt;
use store::{
    Ask, BEHIND_PLACES_MAX, CommittedGroup, GROUPS_AHEAD_MAX, GroupHead, GroupId, GroupNumber,
    GroupOrder, HOLE_WAITS_MILLIS, OrderError, SILENCE_MILLIS,
};

const HOLE_WAITS: Duration = Duration::from_millis(HOLE_WAITS_MILLIS);
const SILENCE: Duration = Duration::from_millis(SILENCE_MILLIS);

/// What the database has.
#[derive(Default)]
struct Chain(Vec<CommittedGroup>);

impl Chain {
    fn newest(&self) -> GroupHead {
        self.0.last().map_or_else(GroupHead::default, CommittedGroup::head)
    }

    /// A group with this many places. `history` makes its id different in another history.
    fn commit(&mut self, places: u64, history: u8) -> CommittedGroup {
        let before = self.newest();
        let number = before.number.next();
        let mut id = [history; 16];
        id[..8].copy_from_slice(&number.get().to_be_bytes());
        let last_place = before.last_place + places;
        let group = CommittedGroup {
            number,
            id: GroupId(id),
            id_before: before.id,
            place_before: before.last_place,
            last_place,
            events: Vec::new(),
            known_at: KnownAt::default(),
        };
        self.0.push(group.clone());
        group
    }

    fn behind(&self, after: GroupNumber, limit: usize) -> Vec<CommittedGroup> {
        self.0.iter().filter(|group| group.number > after).take(limit).cloned().collect()
    }
}

/// A queue, what it has released, and the time.
struct Standing {
    order: GroupOrder,
    released: Vec<CommittedGroup>,
    now: Duration,
}

impl Standing {
    fn behind(held: GroupHead, follows_others: bool) -> Self {
        let order = GroupOrder::behind(held, follows_others);
        Self { order, released: Vec::new(), now: Duration::ZERO }
    }

    fn take(&mut self, group: &CommittedGroup) {
        let Self { order, released, now } = self;
        order.take(group.clone(), *now, &mut |group| released.push(group));
    }

    /// Lets the database answer what is asked now, if anything.
    fn answer(&mut self, chain: &Chain, limit: usize) -> Result<Option<Ask>, OrderError> {
        let Self { order, released, now } = self;
        let ask = order.ask(*now);
        match ask {
            Some(Ask::Newest) => order.newest(chain.newest(), *now)?,
            Some(Ask::Groups { after }) => {
                let groups = chain.behind(after, limit);
                order.groups(groups, *now, &mut |group| released.push(group))?;
            }
            None => {}
        }
        Ok(ask)
    }

    fn numbers(&self) -> Vec<u64> {
        self.released.iter().map(|group| group.number.get()).collect()
    }
}

#[test]
fn what_continues_passes_straight_through() {
    let (mut chain, mut row) = (Chain::default(), Standing::behind(GroupHead::default(), false));
    for places in [1, 3, 0, 2] {
        row.take(&chain.commit(places, 0));
        assert_eq!(row.order.end(), chain.newest());
        assert_eq!(
            (row.order.wakes_at(), row.order.ask(row.now)),
            (None, None),
            "nothing is asked"
        );
    }
    assert_eq!(row.numbers(), [1, 2, 3, 4]);
}

#[test]
fn a_hole_waits_a_moment_and_is_then_read() {
    let (mut chain, mut row) = (Chain::default(), Standing::behind(GroupHead::default(), false));
    let [first, second, third] = [1, 1, 1].map(|places| chain.commit(places, 0));
    row.take(&third);
    row.take(&second);
    assert_eq!(row.answer(&chain, 9), Ok(None), "it may close by itself");
    assert_eq!(row.order.wakes_at(), Some(HOLE_WAITS));
    row.now += HOLE_WAITS;
    let ask = row.order.ask(row.now);
    assert_eq!(ask, Some(Ask::Groups { after: GroupNumber::START }));
    assert_eq!(row.order.ask(row.now), None, "one question at a time");
    // The hole closes while the database is asked; then the answer brings nothing new.
    row.take(&first);
    row.take(&first);
    let Standing { order, released, now } = &mut row;
    order
        .groups(chain.behind(GroupNumber::START, 2), *now, &mut |group| released.push(group))
        .unwrap();
    assert_eq!(row.numbers(), [1, 2, 3]);
    assert_eq!(row.order.wakes_at(), None);
}

#[test]
fn silence_is_looked_into_where_others_commit() {
    let (mut chain, mut row) = (Chain::default(), Standing::behind(GroupHead::default(), true));
    assert_eq!(row.answer(&chain, 9), Ok(Some(Ask::Newest)), "at the beginning");
    chain.commit(1, 0);
    assert_eq!(row.order.wakes_at(), Some(SILENCE));
    row.now += SILENCE;
    assert_eq!(row.answer(&chain, 9), Ok(Some(Ask::Newest)));
    row.now += HOLE_WAITS;
    assert_eq!(row.answer(&chain, 9), Ok(Some(Ask::Groups { after: GroupNumber::START })));
    assert_eq!(row.numbers(), [1]);
    chain.commit(1, 0);
    row.order.hint(chain.newest().number, row.now);
    assert_eq!(row.answer(&chain, 9), Ok(Some(Ask::Groups { after: GroupNumber::new(1) })));
    assert_eq!(row.numbers(), [1, 2]);
}

#[test]
fn what_waits_is_bounded_and_read_again() {
    let (mut chain, mut row) = (Chain::default(), Standing::behind(GroupHead::default(), false));
    let first = chain.commit(1, 0);
    let count = GROUPS_AHEAD_MAX + 50;
    for _ in 0..count {
        let group = chain.commit(1, 0);
        row.take(&group);
    }
    row.take(&first);
    assert_eq!(row.numbers().len(), GROUPS_AHEAD_MAX + 1, "what is beyond was dropped");
    while row.order.wakes_at().is_some() {
        row.now += HOLE_WAITS;
        row.answer(&chain, 20).unwrap();
    }
    assert_eq!(row.numbers(), (1..=count as u64 + 1).collect::<Vec<_>>());
}

#[test]
fn who_is_too_far_behind_begins_anew() {
    let (mut chain, mut row) = (Chain::default(), Standing::behind(GroupHead::default(), true));
    chain.commit(BEHIND_PLACES_MAX, 0);
    row.answer(&chain, 9).unwrap();
    chain.commit(1, 0);
    let mut row = Standing::behind(GroupHead::default(), true);
    let places = BEHIND_PLACES_MAX + 1;
    assert_eq!(row.answer(&chain, 9), Err(OrderError::TooFarBehind { places }));
}

/// A process stands still for longer than groups are kept. That is no other history: viewers may go
/// on from where they are.
#[test]
fn what_was_pruned_is_no_broken_chain() {
    let mut chain = Chain::default();
    let mut row = Standing::behind(GroupHead::default(), true);
    row.take(&chain.commit(1, 0));
    (0..4).for_each(|_| drop(chain.commit(2, 0)));
    chain.0.drain(..3);
    row.now += SILENCE;
    row.answer(&chain, 9).unwrap();
    row.now += HOLE_WAITS;
    assert_eq!(row.answer(&chain, 9), Err(OrderError::TooFarBehind { places: 4 }));
    assert_eq!(row.numbers(), [1]);
}

/// A standby takes over that lacks groups 2 and 3, and other ones take their numbers.
#[test]
fn a_chain_that_broke_is_noticed_and_a_message_alone_breaks_nothing() {
    let mut chain = Chain::default();
    let told = [1, 1, 1].map(|places| chain.commit(places, 0));
    let mut other = Chain(chain.0[..1].to_vec());
    let others = [1, 1, 1].map(|places| other.commit(places, 1));
    // By asking the database, by what follows, and by a message that contradicts.
    for case in 0..3 {
        let mut row = Standing::behind(GroupHead::default(), true);
        told.iter().for_each(|group| row.take(group));
        match case {
            0 => row.now += SILENCE,
            1 => row.take(&others[2]),
            _ => row.take(&others[1]),
        }
        let mut outcome = Ok(None);
        for _ in 0..3 {
            outcome = outcome.and_then(|_| row.answer(&other, 9));
            row.now += HOLE_WAITS;
        }
        assert_eq!(outcome, Err(OrderError::Broken { held: GroupNumber::new(3) }), "{case}");
        assert_eq!(row.numbers(), [1, 2, 3], "nothing of the other history");
        // The message of a dead server breaks nothing where the database has what is held.
        let mut row = Standing::behind(GroupHead::default(), true);
        told.iter().chain(&others).chain(&others).for_each(|group| row.take(group));
        for _ in 0..4 {
            row.answer(&chain, 9).unwrap();
            row.now += SILENCE;
        }
        assert_eq!(row.released, chain.0, "{case}");
    }
}

#[derive(Clone, Debug)]
enum Step {
    Commit(u64),
    /// One message on its way arrives; it may also arrive again later.
    Arrive(usize, bool),
    Lose(usize),
    Hint,
    Wait(u64),
    /// The database answers what is asked, with this many groups; or fails.
    Answer(usize),
    Fail,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0u64..4).prop_map(Step::Commit),
        6 => (any::<prop::sample::Index>(), any::<bool>())
            .prop_map(|(at, stays)| Step::Arrive(at.index(64), stays)),
        2 => any::<prop::sample::Index>().prop_map(|at| Step::Lose(at.index(64))),
        1 => Just(Step::Hint),
        2 => (0u64..300).prop_map(Step::Wait),
        3 => (1usize..4).prop_map(Step::Answer),
        1 => Just(Step::Fail),
    ];
    prop::collection::vec(step, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_group_is_released_once_in_the_order_of_the_chain(steps in steps()) {
        let (mut chain, mut row) = (Chain::default(), Standing::behind(GroupHead::default(), true));
        let mut on_the_way: Vec<CommittedGroup> = Vec::new();
        for step in steps {
            match step {
                Step::Commit(places) => on_the_way.push(chain.commit(places, 0)),
                Step::Arrive(..) | Step::Lose(_) if on_the_way.is_empty() => {}
                Step::Arrive(at, stays) => {
                    let at = at % on_the_way.len();
                    let group = if stays { on_the_way[at].clone() } else { on_the_way.remove(at) };
                    row.take(&group);
                }
                Step::Lose(at) => drop(on_the_way.remove(at % on_the_way.len())),
                Step::Hint => row.order.hint(chain.newest().number, row.now),
                Step::Wait(millis) => row.now += Duration::from_millis(millis),
                Step::Answer(limit) => drop(row.answer(&chain, limit).unwrap()),
                Step::Fail => if row.order.ask(row.now).is_some() {
                    row.order.unanswered(row.now);
                },
            }
            prop_assert!(chain.0.starts_with(&row.released), "{:?}", row.numbers());
            prop_assert_eq!(row.order.end(), row.released.last().map_or_else(GroupHead::default, CommittedGroup::head));
        }
        // With any messages lost, asking the database alone reaches the end.
        for _ in 0..chain.0.len() + 4 {
            row.now += SILENCE;
            row.answer(&chain, 2).unwrap();
        }
        prop_assert_eq!(row.released, chain.0);
    }
}
