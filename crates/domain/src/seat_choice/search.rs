//! The search for the cheapest way to sit: once over the seats, from the front to the back.
//!
//! Invariant: a state holds all that the cost of what follows can depend on. So of two ways that
//! lead to one state only the cheaper one is followed, and the cheapest of all is found.

use crate::Gender;
use crate::layout::LAYOUT_ROWS_MAX;
use crate::seating::Seating;

/// A sum that compares as the list at the head of `seat_choice.rs`: no part can grow into the next.
type Cost = u64;

const ALONE: Cost = 1 << 41;
const ROW: Cost = 1 << 27;
const ORPHAN: Cost = 1 << 20;
const KIND: Cost = 1 << 15;
const STRANGER: Cost = 1 << 10;
const PLACE: Cost = 1;
const IMPOSSIBLE: Cost = Cost::MAX;

/// What the seat before was, as far as it matters for the next one beside it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// None, or another booking's.
    Closed,
    /// Ours, with none of ours beside it so far.
    Alone,
    /// Ours, and company is beside it.
    Accompanied,
    /// Free, not free beside it so far, and two could have sat there before.
    Orphan,
    /// Free, and either another free seat is beside it or there never was one.
    Free,
}

impl Last {
    const ALL: [Self; 5] = [Self::Closed, Self::Alone, Self::Accompanied, Self::Orphan, Self::Free];

    /// What it costs when nothing better comes beside it.
    const fn settled(self) -> Cost {
        match self {
            Self::Alone => ALONE,
            Self::Orphan => ORPHAN,
            Self::Closed | Self::Accompanied | Self::Free => 0,
        }
    }

    /// The next seat is ours: its state, and what the last one costs now.
    const fn then_ours(self) -> (Self, Cost) {
        match self {
            Self::Alone | Self::Accompanied => (Self::Accompanied, 0),
            Self::Orphan => (Self::Alone, ORPHAN),
            Self::Closed | Self::Free => (Self::Alone, 0),
        }
    }

    /// The next seat stays free.
    const fn then_free(self, could_seat_two: bool) -> (Self, Cost) {
        match self {
            Self::Orphan | Self::Free => (Self::Free, 0),
            _ if could_seat_two => (Self::Orphan, self.settled()),
            _ => (Self::Free, self.settled()),
        }
    }
}

/// A seat as the search sees it.
struct Spot {
    is_own: bool,
    is_free: bool,
    /// Rows that lie between it and the seat before; `None` when that one is beside it.
    rows_behind: Option<Cost>,
    /// A seat beside it is free, or one's own.
    could_seat_two: bool,
    /// Of giving it to a passenger, wherever the others sit.
    cost: Cost,
    /// Which kinds of passenger may have it.
    admits: [bool; KINDS],
}

pub(super) struct Search {
    /// In the order of the grid.
    spots: Vec<Spot>,
    /// How many are to be seated of each kind of passenger.
    wanted: [usize; KINDS],
    /// All of the booking, those who have a seat already included.
    company: usize,
}

const KINDS: usize = Gender::ALL.len();

/// The step by which a state was reached most cheaply: the state before, and which passenger got
/// the seat.
#[derive(Clone, Copy)]
struct Step {
    from: u16,
    given_to: Option<u8>,
}

/// A chosen seat's position in the grid, and the kind of passenger that it is for.
pub(super) type Given = (usize, usize);

impl Spot {
    fn new(seating: &Seating<'_>, at: usize, by_gender: bool) -> Self {
        let grid = seating.grid();
        let line = |at: usize| {
            let place = grid.places()[at];
            Cost::from(place.deck) * Cost::from(LAYOUT_ROWS_MAX) + Cost::from(place.row)
        };
        let rows_behind = at.checked_sub(1).map_or(0, |before| line(at).abs_diff(line(before)));
        let is_ours_to_be = |at| seating.is_free_at(at) || seating.is_own_at(at);
        Self {
            is_own: seating.is_own_at(at),
            is_free: seating.is_free_at(at),
            rows_behind: (!grid.is_beside_previous(at)).then_some(rows_behind),
            could_seat_two: grid.beside(at).any(is_ours_to_be),
            cost: KIND * grid.kind(at) as Cost
                + STRANGER * seating.strangers_beside(at) as Cost
                + PLACE * at as Cost,
            admits: Gender::ALL.map(|gender| !by_gender || seating.admits_at(at, gender)),
        }
    }
}

impl Search {
    /// For this many passengers with no difference between them.
    pub(super) fn of_anybody(seating: &Seating<'_>, passengers: usize) -> Self {
        Self::new(seating, [passengers, 0, 0], false)
    }

    pub(super) fn of_genders(seating: &Seating<'_>, passengers: &[Gender]) -> Self {
        let mut wanted = [0; KINDS];
        passengers.iter().for_each(|gender| wanted[*gender as usize] += 1);
        Self::new(seating, wanted, true)
    }

    fn new(seating: &Seating<'_>, wanted: [usize; KINDS], by_gender: bool) -> Self {
        let spot = |at| Spot::new(seating, at, by_gender);
        let spots: Vec<_> = (0..seating.grid().len()).map(spot).collect();
        let own = spots.iter().filter(|spot| spot.is_own).count();
        Self { spots, wanted, company: own + wanted.iter().sum::<usize>() }
    }

    pub(super) fn run(&self) -> Option<Vec<Given>> {
        self.run_counted(&mut 0)
    }

    /// As [`Search::run`]; adds the steps that it took.
    pub(super) fn run_counted(&self, steps: &mut usize) -> Option<Vec<Given>> {
        let mut costs = vec![IMPOSSIBLE; self.states()];
        costs[self.state([0; KINDS], Last::Closed)] = 0;
        let mut taken: Vec<Vec<Step>> = Vec::with_capacity(self.spots.len());
        let mut own_before = 0;
        for spot in &self.spots {
            let mut next = vec![IMPOSSIBLE; costs.len()];
            let mut step_to = vec![Step { from: 0, given_to: None }; costs.len()];
            for (from, cost) in costs.iter().enumerate().filter(|(_, cost)| **cost != IMPOSSIBLE) {
                let (seated, last) = self.of_state(from);
                let seated_before = own_before + seated.iter().sum::<usize>();
                let (last, arrived) = self.arrive(spot, last, seated_before);
                self.each_way(spot, seated, last, |seated, last, given_to, more| {
                    *steps += 1;
                    let (to, cost) = (self.state(seated, last), cost + arrived + more);
                    if cost < next[to] {
                        next[to] = cost;
                        let Ok(from) = u16::try_from(from) else {
                            unreachable!("ten passengers make at most 400 states")
                        };
                        step_to[to] = Step { from, given_to };
                    }
                });
            }
            own_before += usize::from(spot.is_own);
            costs = next;
            taken.push(step_to);
        }
        let ends = Last::ALL.map(|last| (self.state(self.wanted, last), last));
        let cost_of = |(state, last): (usize, Last)| match costs[state] {
            IMPOSSIBLE => IMPOSSIBLE,
            cost => cost + last.settled(),
        };
        let (end, _) = ends.into_iter().min_by_key(|end| cost_of(*end))?;
        (costs[end] != IMPOSSIBLE).then(|| walk_back(&taken, end))
    }

    /// What it costs to come to this seat from the one before, whatever this one becomes.
    fn arrive(&self, spot: &Spot, last: Last, seated_before: usize) -> (Last, Cost) {
        let Some(rows) = spot.rows_behind else { return (last, 0) };
        // Before the first of the booking and behind the last, rows cost nothing.
        let lies_between = (1..self.company).contains(&seated_before);
        (Last::Closed, last.settled() + if lies_between { rows * ROW } else { 0 })
    }

    /// Everything that a seat may become.
    fn each_way(
        &self,
        spot: &Spot,
        seated: [usize; KINDS],
        last: Last,
        mut way: impl FnMut([usize; KINDS], Last, Option<u8>, Cost),
    ) {
        let (ours, cost) = last.then_ours();
        if spot.is_own {
            return way(seated, ours, None, cost);
        }
        if !spot.is_free {
            return way(seated, Last::Closed, None, last.settled());
        }
        for kind in 0..KINDS {
            if seated[kind] < self.wanted[kind] && spot.admits[kind] {
                let mut seated = seated;
                seated[kind] += 1;
                // Three kinds.
                way(seated, ours, u8::try_from(kind).ok(), cost + spot.cost);
            }
        }
        let (free, cost) = last.then_free(spot.could_seat_two);
        way(seated, free, None, cost);
    }

    fn states(&self) -> usize {
        self.wanted.iter().map(|wanted| wanted + 1).product::<usize>() * Last::ALL.len()
    }

    fn state(&self, seated: [usize; KINDS], last: Last) -> usize {
        let counted = seated.iter().zip(self.wanted);
        let counted = counted.fold(0, |index, (seated, wanted)| index * (wanted + 1) + seated);
        counted * Last::ALL.len() + last as usize
    }

    fn of_state(&self, state: usize) -> ([usize; KINDS], Last) {
        let mut counted = state / Last::ALL.len();
        let mut seated = [0; KINDS];
        for kind in (0..KINDS).rev() {
            let radix = self.wanted[kind] + 1;
            seated[kind] = counted % radix;
            counted /= radix;
        }
        (seated, Last::ALL[state % Last::ALL.len()])
    }
}

/// The seats that were given out on the way to a state, from the front.
fn walk_back(taken: &[Vec<Step>], end: usize) -> Vec<Given> {
    let mut given = Vec::new();
    let mut state = end;
    for (at, steps) in taken.iter().enumerate().rev() {
        let step = steps[state];
        given.extend(step.given_to.map(|kind| (at, usize::from(kind))));
        state = usize::from(step.from);
    }
    given.reverse();
    given
}
