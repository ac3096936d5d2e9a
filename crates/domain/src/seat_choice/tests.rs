//! A table of cases drawn as buses, and small buses on which every way to sit is tried.

use proptest::prelude::*;

use super::*;
use crate::layout::LAYOUT_ROWS_MAX;
use crate::seat_grid::{SeatGrid, SeatKind, SeatPlace};
use crate::{Layout, LayoutType, NeighbourRule};
use Gender::{Female, Male, Other};

/// A bus from the front to the back: `.` free, `_` no seat, `M F O` taken by others, `x` held or
/// blocked, `=` kept for the booking that asks; `-` alone in a row begins another deck.
fn bus(drawing: &str) -> (SeatGrid, Vec<char>) {
    let (mut places, mut marks, mut deck, mut first_row) = (Vec::new(), Vec::new(), 0, 0);
    for (line, row) in drawing.split_whitespace().zip(0u8..) {
        if line == "-" {
            (deck, first_row) = (deck + 1, row + 1);
            continue;
        }
        for (mark, column) in line.chars().zip(0u8..).filter(|(mark, _)| *mark != '_') {
            marks.push(mark);
            let seat = SeatNumber::new(marks.len().try_into().unwrap()).unwrap();
            places.push(SeatPlace { deck, row: row - first_row, column, seat });
        }
    }
    (SeatGrid::new(places), marks)
}

fn seating<'a>(grid: &'a SeatGrid, marks: &[char], rule: NeighbourRule) -> Seating<'a> {
    let mut seating = Seating::new(grid, rule);
    for (mark, place) in marks.iter().zip(grid.places()) {
        match mark {
            'M' => seating.take(place.seat, Some(Male)),
            'F' => seating.take(place.seat, Some(Female)),
            'O' => seating.take(place.seat, Some(Other)),
            'x' => seating.take(place.seat, None),
            '=' => seating.keep_for_own(place.seat),
            _ => {}
        }
    }
    seating
}

fn genders(letters: &str) -> Vec<Gender> {
    let gender = |letter| match letter {
        'M' => Male,
        'F' => Female,
        _ => Other,
    };
    letters.chars().map(gender).collect()
}

/// The bus with the passengers on it, as digits from 0 in their order.
fn seated(rule: NeighbourRule, passengers: &str, drawing: &str) -> Option<String> {
    let (grid, marks) = bus(drawing);
    let chosen = choose_seats(&seating(&grid, &marks, rule), &genders(passengers))?;
    let mut seats = marks.iter().zip(grid.places()).map(|(mark, place)| {
        let passenger = chosen.iter().position(|seat| *seat == place.seat);
        passenger.and_then(|at| char::from_digit(at.try_into().ok()?, 10)).unwrap_or(*mark)
    });
    let draw = |mark: char| if "_- ".contains(mark) { mark } else { seats.next().unwrap() };
    Some(drawing.split_whitespace().collect::<Vec<_>>().join(" ").chars().map(draw).collect())
}

#[test]
fn a_table_of_cases() {
    use NeighbourRule::{Off, SameGender};
    for (why, rule, passengers, drawing, expected) in [
        ("alone: a seat by itself", Off, "M", ".._. .._.", ".._0 .._."),
        ("alone: no pair is broken while a single is left", Off, "M", ".._x .M_x", ".._x 0M_x"),
        ("alone: at the window where there is a choice", Off, "M", ".._..", "0._.."),
        ("alone: never the middle", Off, "M", "..._x ..._x", "0.._x ..._x"),
        ("alone: away from strangers", Off, "M", "M._x ._._x", "M._x 0_._x"),
        ("two: a pair, not across the corridor", Off, "MF", "x._. .._.", "x._. 01_."),
        (
            "two: a pair further back before two singles",
            Off,
            "MF",
            "x._. x._. .._x",
            "x._. x._. 01_x",
        ),
        ("two: no orphan on a long bench", Off, "MF", "x..._x x.._xx", "x..._x x01_xx"),
        ("three: a row", Off, "MFM", ".._. .._.", "01_2 .._."),
        (
            "three: the bench at the back before a torn row",
            Off,
            "MFO",
            ".._.. .....",
            ".._.. 012..",
        ),
        ("four: two pairs, one behind the other", Off, "MFMF", ".._. .._. .._.", "01_. 23_. .._."),
        ("four: one row of two pairs", Off, "MFMF", "x._.. .._.. .._..", "x._.. 01_23 .._.."),
        (
            "four: pairs apart before anyone alone",
            Off,
            "MFMF",
            ".._. x._. x._. .._.",
            "01_. x._. x._. 23_.",
        ),
        ("five: three have to do", Off, "MFMFM", ".._. .._. .._.", "01_2 34_. .._."),
        ("a full row before an emptier bus", Off, "MFM", "x._. .._x .._.", "x._. .._x 01_2"),
        ("one deck before two", Off, "MFMF", ".._x - .._x .._x", ".._x - 01_x 23_x"),
        ("beside the seat that was asked for", Off, "M", ".._. .=_.", ".._. 0=_."),
        ("near the seats that were asked for", Off, "MF", ".._. .._. ==_.", ".._. 01_. ==_."),
        ("the last seats", Off, "MF", "xx_. xM_. xx_x", "xx_0 xM_1 xx_x"),
        ("too few", Off, "MFM", "x._. xx_x", ""),
        ("not beside a woman", SameGender, "M", "F._x .._x", "F._x 0._x"),
        ("but a woman is", SameGender, "F", "F._x .._x", "F0_x .._x"),
        ("and OTHER is", SameGender, "O", "F._x .._x", "F0_x .._x"),
        ("each beside their own", SameGender, "MF", "F._x M._x", "F1_x M0_x"),
        ("one's own booking may mix", SameGender, "MF", "F._x .._x", "F._x 01_x"),
        ("the order changes where it has to", SameGender, "MFM", "F..._x", "F102_x"),
        ("a hold has no gender", SameGender, "M", "x._x", "x0_x"),
        ("no seat for him", SameGender, "M", "F._F F.F_F", ""),
        ("no two for them", SameGender, "MM", "F._. F.F_F", ""),
    ] {
        let expected = (!expected.is_empty()).then(|| expected.to_owned());
        assert_eq!(seated(rule, passengers, drawing), expected, "{why}");
    }
}

/// The list at the head of the file, word by word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    alone: usize,
    rows: usize,
    orphans: usize,
    kinds: usize,
    strangers: usize,
    places: usize,
}

fn score(grid: &SeatGrid, marks: &[char], chosen: &[usize]) -> Score {
    let is_ours = |at: usize| marks[at] == '=' || chosen.contains(&at);
    let ours: Vec<_> = (0..grid.len()).filter(|at| is_ours(*at)).collect();
    let line = |at: &usize| {
        let place = grid.places()[*at];
        usize::from(place.deck) * usize::from(LAYOUT_ROWS_MAX) + usize::from(place.row)
    };
    let lines = ours.iter().map(line);
    let is_free = |at: usize| marks[at] == '.' && !is_ours(at);
    let was_orphaned = |at: &usize| {
        is_free(*at)
            && grid.beside(*at).any(|at| ".=".contains(marks[at]))
            && !grid.beside(*at).any(is_free)
    };
    let kind = |at: &usize| match grid.kind(*at) {
        SeatKind::Window => 0,
        SeatKind::Aisle => 1,
        SeatKind::Middle => 2,
    };
    let strangers = |at: &usize| grid.beside(*at).filter(|at| "MFOx".contains(marks[*at])).count();
    Score {
        alone: ours.iter().filter(|at| !grid.beside(**at).any(is_ours)).count(),
        rows: lines.clone().max().unwrap_or(0) - lines.min().unwrap_or(0),
        orphans: (0..grid.len()).filter(was_orphaned).count(),
        kinds: chosen.iter().map(kind).sum(),
        strangers: chosen.iter().map(strangers).sum(),
        places: chosen.iter().sum(),
    }
}

/// The best score of all ways to seat the rest of the passengers.
fn best(
    grid: &SeatGrid,
    marks: &[char],
    seating: &Seating<'_>,
    passengers: &[Gender],
    chosen: &mut Vec<usize>,
) -> Option<Score> {
    let Some((gender, rest)) = passengers.split_first() else {
        return Some(score(grid, marks, chosen));
    };
    let mut found = None;
    for at in 0..grid.len() {
        if marks[at] == '.' && !chosen.contains(&at) && seating.admits_at(at, *gender) {
            chosen.push(at);
            let this = best(grid, marks, seating, rest, chosen);
            found = [found, this].into_iter().flatten().min();
            chosen.pop();
        }
    }
    found
}

fn small_bus() -> impl Strategy<Value = String> {
    let row = "[.._MFO=x]{1,5}";
    (prop::collection::vec(row, 1..4), prop::bool::ANY)
        .prop_map(|(rows, on_two_decks)| rows.join(if on_two_decks { " - " } else { " " }))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]
    #[test]
    fn no_way_to_sit_is_better(
        drawing in small_bus(),
        passengers in "[MFO]{1,4}",
        with_rule: bool,
    ) {
        let rule = if with_rule { NeighbourRule::SameGender } else { NeighbourRule::Off };
        let (grid, marks) = bus(&drawing);
        // Every way to sit is tried, so there must not be too many.
        prop_assume!(marks.iter().filter(|mark| **mark == '.').count() <= 9);
        let seating = seating(&grid, &marks, rule);
        let passengers = genders(&passengers);
        let best = best(&grid, &marks, &seating, &passengers, &mut Vec::new());
        let chosen = choose_seats(&seating, &passengers);
        let found = chosen.map(|seats| {
            let at: Vec<_> = seats.iter().map(|seat| grid.position(*seat).unwrap()).collect();
            for (at, gender) in at.iter().zip(&passengers) {
                assert!(marks[*at] == '.' && seating.admits_at(*at, *gender));
            }
            assert!(at.iter().all(|seat| at.iter().filter(|other| *other == seat).count() == 1));
            score(&grid, &marks, &at)
        });
        prop_assert_eq!(found, best, "{}", drawing);
    }
}

#[test]
fn the_largest_question_has_its_bound() {
    for layout_type in LayoutType::ALL {
        let grid = SeatGrid::of(&Layout::generate(layout_type, SEATS_MAX));
        let seating = Seating::new(&grid, NeighbourRule::SameGender);
        for passengers in ["MMMFFFOOOO", "MMMMMFFFFF", "MMMMMMMMMM"] {
            let passengers = genders(passengers);
            let mut steps = 0;
            Search::of_anybody(&seating, passengers.len()).run_counted(&mut steps).unwrap();
            assert!(steps <= FIRST_LOOK_STEPS_MAX, "{steps}");
            let seats = Search::of_genders(&seating, &passengers).run_counted(&mut steps);
            assert_eq!(seats.map(|seats| seats.len()), Some(PASSENGERS_MAX));
            assert!(steps <= CHOICE_STEPS_MAX, "{steps}");
        }
    }
}
