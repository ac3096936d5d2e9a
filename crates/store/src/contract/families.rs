//! Families and travellers there and back race for a few buses: a booking that gets seats sits
//! together as well as the bus allowed at that moment, and has both ways or none; a booking that is
//! refused would still not fit.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    BookingId, Reason, Refusal, RouteId, SeatEvent, SeatGrid, SeatNumber, Segment, TicketId,
};
use jiff::SignedDuration;

use super::audit::Ledger;
use super::{Desk, Harness, World};
use crate::BookingView;

const FAMILIES: usize = 500;
const RETURNS: usize = 500;
const FAMILY: usize = 4;
/// An odd number, so that one bench has a single seat left over.
const SEATS: u16 = 41;
/// Later than the way out arrives.
const WAY_BACK_HOURS: i64 = 4;
/// Families begin and end anywhere; from stop to stop.
const RUNS: [(usize, usize); 4] = [(0, 3), (0, 2), (1, 3), (0, 3)];

/// What a buyer wanted: this many seats between two stops, on each of these routes.
struct Wish {
    legs: Vec<(RouteId, (usize, usize))>,
    seats: usize,
}

type Outcome = (Wish, Result<BookingView, Refusal>);

async fn ask(desk: Desk, wish: Wish) -> Outcome {
    let anywhere = vec![0; wish.seats];
    let journeys = wish.legs.iter().map(|(route, stops)| desk.going(*route, &anywhere, *stops));
    let booked = desk.book_group(desk.customer, journeys.collect()).await;
    (wish, booked)
}

/// All wishes at once.
async fn race(desk: &Desk, [out, back, other]: [RouteId; 3]) -> Vec<Outcome> {
    let mut wishes = Vec::new();
    for number in 0..FAMILIES.max(RETURNS) {
        if number < RETURNS {
            let seats = 1 + number % 2;
            wishes.push(Wish { legs: vec![(out, (0, 3)), (back, (0, 3))], seats });
        }
        if number < FAMILIES {
            let route = [out, back, other][number % 3];
            wishes.push(Wish { legs: vec![(route, RUNS[number % RUNS.len()])], seats: FAMILY });
        }
    }
    let asking: Vec<_> =
        wishes.into_iter().map(|wish| tokio::spawn(ask(desk.clone(), wish))).collect();
    let mut outcomes = Vec::new();
    for one in asking {
        outcomes.push(one.await.unwrap());
    }
    outcomes
}

fn free(taken: &BTreeSet<(SeatNumber, u8)>, grid: &SeatGrid, segment: Segment) -> Vec<usize> {
    let is_free = |at: &usize| {
        let seat = grid.places()[*at].seat;
        segment.legs().all(|leg| !taken.contains(&(seat, leg)))
    };
    (0..grid.len()).filter(is_free).collect()
}

/// How many of a booking must sit alone at the least: no bench of this bus has more than two seats.
fn alone_at_least(free: &[usize], grid: &SeatGrid, travellers: usize) -> usize {
    let is_bench = |at: &&usize| grid.is_beside_previous(**at) && free.contains(&(**at - 1));
    let benches = free.iter().filter(is_bench).count();
    travellers - 2 * benches.min(travellers / 2)
}

fn alone(seats: &[usize], grid: &SeatGrid) -> usize {
    let is_alone = |at: &&usize| !grid.beside(**at).any(|beside| seats.contains(&beside));
    seats.iter().filter(is_alone).count()
}

/// Sells the seats of a route again, booking by booking, in the order in which they were sold.
fn replay(ledger: &Ledger, route: RouteId) -> BTreeSet<(SeatNumber, u8)> {
    let grid = SeatGrid::of(&ledger.snapshots[&route].bus.details.layout);
    let booking_of = |event: &SeatEvent| {
        let id: TicketId = event.draft.ticket_id().unwrap();
        ledger.tickets[&id].booking_id
    };
    let events: Vec<&SeatEvent> = ledger.seat_events(route).collect();
    let mut taken = BTreeSet::new();
    for group in events.chunk_by(|one, next| booking_of(one) == booking_of(next)) {
        assert!(group.iter().all(|event| event.draft.reason == Reason::Booked), "{group:?}");
        let segment = group[0].draft.segment;
        let free = free(&taken, &grid, segment);
        let seats: Vec<_> =
            group.iter().map(|event| grid.position(event.draft.seat).unwrap()).collect();
        assert_eq!(
            alone(&seats, &grid),
            alone_at_least(&free, &grid, seats.len()),
            "{group:?} could sit together on {free:?}"
        );
        for event in group {
            for leg in segment.legs() {
                assert!(taken.insert((event.draft.seat, leg)), "sold twice: {event:?}");
            }
        }
    }
    taken
}

pub async fn families_and_returns_race_for_three_buses<H: Harness>() {
    let world = World::<H>::new().await;
    let later = world.after(SignedDuration::from_hours(WAY_BACK_HOURS));
    let plan = later.plan(world.bus(SEATS).await);
    drop(later);
    let routes = [world.route(SEATS).await, world.route_of(plan).await, world.route(SEATS).await];
    let outcomes = race(&world.desk(), routes).await;
    let segments: BTreeMap<_, _> = RUNS.iter().map(|run| (*run, segment(*run))).collect();
    let ledger = world.finish().await;
    let taken: BTreeMap<_, _> = routes.map(|route| (route, replay(&ledger, route))).into();

    let mut booked: BTreeSet<BookingId> = BTreeSet::new();
    let mut counts = [0, 0, 0];
    for (Wish { legs, seats }, outcome) in outcomes {
        match outcome {
            Ok(view) => {
                booked.insert(view.booking.id);
                counts[legs.len() - 1] += 1;
                for (route, _) in &legs {
                    let on_route = |view: &&crate::TicketView| view.ticket.route_id == *route;
                    let there = view.tickets.iter().filter(on_route).count();
                    assert_eq!(there, seats, "half a journey: {view:?}");
                }
            }
            Err(refusal) => {
                counts[2] += 1;
                let way_back = Refusal::OnReturn(Box::new(Refusal::NotEnoughSeats));
                let is_clear =
                    refusal == Refusal::NotEnoughSeats || (legs.len() == 2 && refusal == way_back);
                assert!(is_clear, "{refusal:?}");
                // No seat was given back, so a booking that was refused does not fit now either.
                let fits = legs.iter().all(|(route, stops)| {
                    let grid = SeatGrid::of(&ledger.snapshots[route].bus.details.layout);
                    free(&taken[route], &grid, segments[stops]).len() >= seats
                });
                assert!(!fits, "{legs:?} was refused, and {seats} seats are free");
            }
        }
    }
    assert!(counts.iter().all(|count| *count > 0), "families, returns, refusals: {counts:?}");
    let stored: BTreeSet<_> = ledger.tickets.values().map(|ticket| ticket.booking_id).collect();
    assert_eq!(stored, booked, "nobody has a seat who was not told so");
}

fn segment((from, to): (usize, usize)) -> Segment {
    let stop = |index: usize| domain::StopIndex::new(index).unwrap();
    Segment::new(stop(from), stop(to)).unwrap()
}
