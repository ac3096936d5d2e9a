use domain::{
    EventDraft, EventKind, EventTicket, Gender, Kurus, Latitude, Longitude, Ordinal, Pnr, Reason,
    RouteChange, RouteEvent, RoutePlace, RouteUpdate, SeatEvent, SeatNumber, Segment, Seq, Speed,
    StopIndex, TicketId, UserId,
};
use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const ME: Sender = Sender([7; 16]);

fn moment() -> impl Strategy<Value = Timestamp> {
    (0..4_000_000_000_i64, 0..1_000_000_000_i32).prop_map(|(second, nanosecond)| {
        Timestamp::new(second, nanosecond).expect("within jiff's years")
    })
}

fn uuid() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn draft() -> impl Strategy<Value = EventDraft> {
    let segment =
        (0..63_usize).prop_flat_map(|from| (Just(from), from + 1..64)).prop_map(|(from, to)| {
            let stop = |index| StopIndex::new(index).expect("a stop");
            Segment::new(stop(from), stop(to)).expect("from < to")
        });
    let ticket =
        proptest::option::of((uuid(), proptest::option::of(uuid())).prop_map(|(id, owner)| {
            EventTicket {
                id: TicketId(id),
                pnr: Pnr::from_stored("VV00Ş1".to_owned()),
                owner_id: owner.map(UserId),
            }
        }));
    let gender = proptest::option::of(proptest::sample::select(&Gender::ALL[..]));
    let named = (
        proptest::sample::select(&EventKind::ALL[..]),
        proptest::sample::select(&Reason::ALL[..]),
        gender,
    );
    (named, 1..=100_u16, segment, ".{0,40}", ".{0,40}", 0..1_000_000_000_i64, ticket, moment())
        .prop_map(|((kind, reason, gender), seat, segment, from, to, price, ticket, at)| {
            EventDraft {
                kind,
                seat: SeatNumber::new(seat).expect("a seat"),
                segment,
                from_city: from,
                to_city: to,
                price: Kurus::new(price).expect("a price"),
                gender,
                reason,
                ticket,
                at,
            }
        })
}

fn committed() -> impl Strategy<Value = CommittedGroup> {
    let change = (proptest::sample::select(&RouteChange::ALL[..]), moment());
    let event = prop_oneof![
        3 => draft().prop_map(Ok),
        1 => change.prop_map(Err),
    ];
    let events = proptest::collection::vec((uuid(), any::<u64>(), any::<u64>(), event), 0..8);
    (1..u64::MAX, any::<[u8; 16]>(), any::<[u8; 16]>(), 0..u64::MAX / 2, events).prop_map(
        |(number, id, id_before, place_before, events)| {
            let events: Vec<RouteEvent> = (place_before + 1..)
                .zip(events)
                .map(|(position, (route, ordinal, seq, event))| {
                    let route_id = RouteId(route);
                    let (ordinal, seq) = (Ordinal::new(ordinal), Seq::new(seq));
                    match event {
                        Ok(draft) => {
                            let event = SeatEvent { route_id, ordinal, seq, position, draft };
                            RouteEvent::Seat(event)
                        }
                        Err((change, at)) => {
                            let place = RoutePlace { ordinal, seq };
                            let update = RouteUpdate { route_id, place, position, change, at };
                            RouteEvent::Update(update)
                        }
                    }
                })
                .collect();
            CommittedGroup {
                number: GroupNumber::new(number),
                id: GroupId(id),
                id_before: GroupId(id_before),
                place_before,
                last_place: place_before + events.len() as u64,
                events,
                known_at: KnownAt::default(),
            }
        },
    )
}

fn told(message: &[u8]) -> Content {
    let Message { sender, content } = decode(message).expect("a message of ours");
    assert_eq!(sender, ME);
    content
}

proptest! {
    #[test]
    fn a_group_arrives_as_it_was_sent(sent in committed()) {
        let message = group(ME, &sent);
        prop_assert_eq!(told(&message), Content::Group(sent));
    }

    /// There is only one form: anything that is read would be written the same.
    #[test]
    fn what_is_cut_or_changed_is_refused_or_is_another_whole_message(
        sent in committed(), cut in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let whole = group(ME, &sent).to_vec();
        prop_assert_ne!(decode(&whole[..cut.index(whole.len())]).ok().map(|m| m.content), Some(Content::Group(sent.clone())));
        let mut longer = whole.clone();
        longer.push(byte);
        prop_assert!(decode(&longer) != decode(&whole));
        let mut changed = whole.clone();
        changed[at.index(whole.len())] = byte;
        if let Ok(Message { sender, content: Content::Group(read) }) = decode(&changed) {
            prop_assert_eq!(&group(sender, &read)[..], &changed[..]);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in 0..6_u8) {
        drop(decode(&bytes));
        // After a correct head.
        let mut message = head(ME, kind, GroupNumber::new(3));
        message.extend_from_slice(&bytes);
        drop(decode(&message));
    }
}

/// A moment has one form: its nanoseconds are less than a second, and have the sign of its seconds.
#[test]
fn a_moment_that_could_be_written_otherwise_is_refused() {
    let at = Timestamp::new(1_796_000_000, 5).expect("a time");
    let place = BusPosition {
        lat: Latitude::from_degrees(41.0).expect("north"),
        lng: Longitude::from_degrees(29.0).expect("east"),
        speed: None,
        at,
    };
    let message = position(ME, RouteId(Uuid::from_u128(9)), &place);
    let written =
        [&at.as_second().to_be_bytes()[..], &at.subsec_nanosecond().to_be_bytes()].concat();
    let moment =
        message.windows(written.len()).position(|bytes| bytes == written).expect("its time");
    for nanosecond in [1_000_000_005_i32, -5] {
        let mut other = message.to_vec();
        other[moment + 8..moment + 12].copy_from_slice(&nanosecond.to_be_bytes());
        assert_eq!(decode(&other), Err(Unreadable), "{nanosecond}");
    }
}

#[test]
fn a_position_arrives_as_it_was_sent() {
    for speed in [None, Speed::from_kmh(0.0), Speed::from_kmh(97.5)] {
        let place = BusPosition {
            lat: Latitude::from_degrees(41.008_24).expect("north"),
            lng: Longitude::from_degrees(-28.978_359).expect("west"),
            speed,
            at: Timestamp::new(1_796_000_000, 5).expect("a time"),
        };
        let route_id = RouteId(Uuid::from_u128(9));
        let message = position(ME, route_id, &place);
        assert_eq!(told(&message), Content::Position(route_id, place));
        assert_eq!(decode(&message[..message.len() - 1]), Err(Unreadable));
    }
}

#[test]
fn proofs_and_hints_arrive_and_nothing_may_stand_behind_them() {
    assert_eq!(told(&proof(ME)), Content::Proof);
    let number = GroupNumber::new(12);
    assert_eq!(told(&hint(ME, number)), Content::Hint(number));
    for message in [proof(ME), hint(ME, number)] {
        let longer = [&message[..], b"x"].concat();
        assert_eq!(decode(&longer), Err(Unreadable));
    }
}

#[test]
fn a_newer_version_and_a_newer_kind_tell_the_number_at_least() {
    let number = GroupNumber::new(77);
    let mut newer = hint(ME, number).to_vec();
    newer.extend_from_slice(b"whatever comes to their minds");
    newer[2] = VERSION + 1;
    assert_eq!(told(&newer), Content::Hint(number));
    newer[2] = VERSION;
    newer[3] = 200;
    assert_eq!(told(&newer), Content::Hint(number));
}

#[test]
fn what_is_not_ours_is_refused() {
    for bytes in [&b""[..], b"SW", b"{\"event\":\"seat\"}", &[0; 64]] {
        assert_eq!(decode(bytes), Err(Unreadable), "{bytes:?}");
    }
}

#[test]
fn a_group_that_is_too_long_is_told_by_its_number() {
    let at = Timestamp::new(1_796_000_000, 0).expect("a time");
    let event = |position| {
        let place = RoutePlace { ordinal: Ordinal::new(position), seq: Seq::ZERO };
        let route_id = RouteId(Uuid::from_u128(1));
        let change = RouteChange::Delayed;
        RouteEvent::Update(RouteUpdate { route_id, place, position, change, at })
    };
    let sent = |count: u64| {
        let before = store::GroupHead::default();
        CommittedGroup::behind(&before, GroupId([3; 16]), (1..=count).map(event).collect())
    };
    let bytes_each = group(ME, &sent(2)).len() - group(ME, &sent(1)).len();
    let most = (MESSAGE_BYTES_MAX - group(ME, &sent(0)).len()) / bytes_each;
    let fits = sent(most as u64);
    assert_eq!(told(&group(ME, &fits)), Content::Group(fits));
    let message = group(ME, &sent(most as u64 + 1));
    assert_eq!(told(&message), Content::Hint(GroupNumber::new(1)));
    // If one is sent anyway, its number counts.
    let mut long = group(ME, &sent(most as u64)).to_vec();
    long.resize(MESSAGE_BYTES_MAX + 1, 0);
    assert_eq!(told(&long), Content::Hint(GroupNumber::new(1)));
}
