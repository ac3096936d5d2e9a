use jiff::SignedDuration;

use super::patch::RoutePatch;
use super::plan::{NewFare, NewRoute, RoutePlan};
use super::*;
use crate::Role;

fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-12-01T06:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minutes)
}

fn description() -> NewRoute {
    let stop = |name: &str, minutes| Stop { name: name.into(), time: at(minutes) };
    NewRoute {
        bus_id: BusId(uuid::Uuid::nil()),
        from_city: " İstanbul ".into(),
        to_city: "Ankara".into(),
        departure_time: at(0),
        arrival_time: at(360),
        stations: vec![stop("İzmit", 90), stop("Bolu", 200)],
        price: Kurus::from_lira(300),
        prices: vec![NewFare {
            from_city: "izmit".into(),
            to_city: "ANKARA".into(),
            price: Kurus::from_lira(250),
            is_sold: true,
        }],
        kind: RouteKind::Standard,
        rest_stops: vec!["Düzce".into()],
        crew: Crew::default(),
        is_active: true,
        neighbour_rule: None,
    }
}

pub(super) fn plan() -> RoutePlan {
    description().plan().unwrap()
}

pub(super) fn route() -> Route {
    let plan = plan();
    Route {
        id: RouteId(uuid::Uuid::nil()),
        bus_id: plan.bus_id,
        seat_count: 40,
        stops: plan.stops.into(),
        sold_times: None,
        rest_stops: plan.rest_stops.into(),
        price: plan.price,
        fares: plan.fares.into(),
        kind: plan.kind,
        crew: plan.crew.into(),
        is_active: plan.is_active,
        neighbour_rule: plan.neighbour_rule,
        ordinal: Ordinal::ZERO,
        seq: Seq::ZERO,
        created_at: at(0),
        updated_at: at(0),
    }
}

fn pointers(change: impl FnOnce(&mut NewRoute)) -> Vec<String> {
    let mut new = description();
    change(&mut new);
    let errors = new.plan().err().unwrap_or_default();
    errors.iter().map(|error| error.pointer.clone()).collect()
}

#[test]
fn a_description_becomes_stops_and_fares() {
    let plan = description().plan().unwrap();
    let names: Vec<_> = plan.stops.iter().map(|stop| stop.name.as_str()).collect();
    assert_eq!(names, ["İstanbul", "İzmit", "Bolu", "Ankara"]);
    assert_eq!((plan.fares[0].segment.from().get(), plan.fares[0].segment.to().get()), (1, 3));
}

#[test]
fn bad_descriptions_name_their_fields() {
    assert_eq!(pointers(|new| new.arrival_time = at(200)), ["/arrivalTime"]);
    assert_eq!(pointers(|new| new.stations[1].time = at(90)), ["/stations/1/time"]);
    assert_eq!(
        pointers(|new| new.stations[0].name = "ISTANBUL".into()),
        ["/stations/0/station", "/prices/0/fromCity"]
    );
    assert_eq!(pointers(|new| new.to_city = String::new()), ["/toCity", "/prices/0/toCity"]);
    assert_eq!(pointers(|new| new.prices[0].to_city = "İstanbul".into()), ["/prices/0/toCity"]);
    assert_eq!(pointers(|new| new.prices.push(new.prices[0].clone())), ["/prices/1"]);
    assert_eq!(pointers(|new| new.crew.captain = Some("\u{7}".into())), ["/captainName"]);
    let stop = |minutes| Stop { name: format!("Stop {minutes}"), time: at(minutes) };
    assert_eq!(pointers(|new| new.stations = (1..64).map(stop).collect())[0], "/stations");
}

#[test]
fn cities_resolve_to_segments() {
    let route = route();
    let ends = |from, to| {
        route.segment_between(from, to).map(|segment| (segment.from().get(), segment.to().get()))
    };
    assert_eq!(ends("ISTANBUL", "ankara"), Ok((0, 3)));
    assert_eq!(ends("izmit", "bolu"), Ok((1, 2)));
    assert_eq!(ends("Ankara", "İstanbul"), Err(Refusal::ReversedCities));
    assert_eq!(ends("Bolu", "Bolu"), Err(Refusal::ReversedCities));
    assert!(matches!(ends("Van", "Bolu"), Err(Refusal::UnknownCity { pointer: "/fromCity", .. })));
    let at = |from, to| route.segment_at(from, to);
    assert_eq!(at(Some(0), Some(4)), Err(Refusal::StopOutOfRange));
    assert_eq!(at(None, Some(u64::MAX)), Err(Refusal::StopOutOfRange));
    assert_eq!(at(Some(2), Some(2)), Err(Refusal::ReversedCities));
    assert_eq!(at(Some(3), None), Err(Refusal::ReversedCities));
    assert_eq!(at(Some(1), None), at(Some(1), Some(3)));
    assert_eq!(at(None, Some(1)), at(Some(0), Some(1)));
    assert_eq!(route.whole(), at(None, None).ok());
}

#[test]
fn booking_closes_by_the_segments_own_departure() {
    let route = route();
    let from_izmit = route.segment_between("İzmit", "Ankara").unwrap();
    for (minutes, customer, staff) in [
        (74, true, true),
        (75, false, true),
        (89, false, true),
        (90, false, false),
        (91, false, false),
    ] {
        let open = |role| route.open_for(role, from_izmit, at(minutes)).is_ok();
        assert_eq!(open(Role::Customer), customer, "customer at {minutes}");
        assert_eq!(open(Role::Agent), staff, "agent at {minutes}");
        assert_eq!(open(Role::Admin), staff, "admin at {minutes}");
    }
}

#[test]
fn a_ticket_changes_and_takes_seats_by_its_own_departure() {
    let mut route = route();
    let from_izmit = route.segment_between("İzmit", "Ankara").unwrap();
    let later = route.segment_between("Bolu", "Ankara").unwrap();
    let asked = |route: &Route, segment, minutes| {
        let answer = |role| {
            let now = at(minutes);
            let change = route.must_allow_change(role, segment, now);
            (change.err(), route.must_seat(role, segment, now).err())
        };
        Role::ALL.map(answer)
    };
    let (late, left) = (Some(Refusal::TooLate), Some(Refusal::AfterDeparture));
    let off = Some(Refusal::RouteInactive);
    let free = (None, None);
    assert_eq!(asked(&route, from_izmit, 74), [free.clone(), free.clone(), free.clone()]);
    assert_eq!(asked(&route, from_izmit, 89), [(None, late), free.clone(), free.clone()]);
    let gone = (left.clone(), left.clone());
    assert_eq!(asked(&route, from_izmit, 90), [gone.clone(), gone.clone(), free.clone()]);
    assert_eq!(asked(&route, later, 91), [free.clone(), free.clone(), free], "still to come");
    route.is_active = false;
    assert_eq!(
        asked(&route, from_izmit, 0),
        [(None, off.clone()), (None, off.clone()), (None, off.clone())]
    );
    assert_eq!(asked(&route, from_izmit, 90), [gone.clone(), gone, (None, off)]);
}

#[test]
fn a_bus_is_on_one_departure_at_a_time() {
    // It is on the way from 0 to 360.
    let other = route();
    let busy = |departure, arrival| {
        let new = NewRoute {
            departure_time: at(departure),
            arrival_time: at(arrival),
            stations: Vec::new(),
            prices: Vec::new(),
            ..description()
        };
        let plan = new.plan().unwrap();
        let answer = plan.must_have_its_bus(Some(&other));
        assert_eq!(plan.must_have_its_bus(None), Ok(()));
        let elsewhere = Route { bus_id: BusId(uuid::Uuid::max()), ..other.clone() };
        assert_eq!(plan.must_have_its_bus(Some(&elsewhere)), Ok(()), "another bus");
        answer.is_err()
    };
    for (departure, arrival, expected) in [
        (-360, 0, false),
        (-360, 1, true),
        (-360, 400, true),
        (0, 360, true),
        (100, 200, true),
        (359, 700, true),
        (360, 700, false),
    ] {
        assert_eq!(busy(departure, arrival), expected, "{departure}–{arrival}");
    }
    let refusal = description().plan().unwrap().must_have_its_bus(Some(&other)).unwrap_err();
    let text = refusal.to_string();
    for part in ["İstanbul", "Ankara", "2026-12-01T06:00:00.000Z", &other.id.to_string()] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn only_another_bus_or_time_needs_the_bus_to_be_free() {
    let old = route();
    let patched = |patch: RoutePatch| {
        let allow_overlap = patch.allow_overlap;
        RoutePlan { allow_overlap, ..patch.over(&old).plan().unwrap() }.takes_bus_time(Some(&old))
    };
    let none = RoutePatch::default;
    assert!(description().plan().unwrap().takes_bus_time(None));
    assert!(!patched(none()));
    assert!(!patched(RoutePatch { price: Some(Kurus::from_lira(1)), ..none() }));
    assert!(!patched(RoutePatch { is_active: Some(false), ..none() }));
    assert!(!patched(RoutePatch {
        stations: Some(Vec::new()),
        prices: Some(Vec::new()),
        ..none()
    }));
    assert!(patched(RoutePatch { bus_id: Some(BusId(uuid::Uuid::max())), ..none() }));
    assert!(patched(RoutePatch { departure_time: Some(at(1)), ..none() }));
    assert!(patched(RoutePatch { arrival_time: Some(at(361)), ..none() }));
    let insists = RoutePatch { arrival_time: Some(at(361)), allow_overlap: true, ..none() };
    assert!(!patched(insists));
}
