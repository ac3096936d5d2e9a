//! Whether the routes that are kept from one group to the next are still what the database has.
//!
//! Each group's row says what it has changed on routes. Invariant: a part of a kept route counts as
//! known only if no group after the last one that was checked has changed it; and all those groups
//! are known, link by link up to the newest. The caller has the clock, so the answer stays true
//! until the commit.

use domain::{ChangedRoute, ChangedRoutes, Holder, RouteId, SeatNumber};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::clock::Head;
use crate::column::{at_most, bad, count, get, id, seat_number, signed, stored_seat};
use crate::db::{Db, Value};
use crate::fault::Result;
use crate::table::seat;

/// Groups of other nodes that are checked; with more of them it is cheaper to read routes again.
const LINKS_MAX: usize = 64;

/// The group that the kept routes are of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeptAt {
    pub(crate) number: u64,
    pub(crate) id: Uuid,
}

/// Another group's place in the chain, and what it has changed.
#[derive(Debug)]
pub(crate) struct Link {
    number: u64,
    id: Uuid,
    id_before: Uuid,
    changed: ChangedRoutes,
}

/// Groups after that one, as far as they are checked.
pub(crate) async fn links(db: Db<'_>, kept: Option<KeptAt>) -> Result<Vec<Link>> {
    let Some(kept) = kept else { return Ok(Vec::new()) };
    let sql = "SELECT number, id, id_before, changed_routes, seat_routes, seat_numbers, holder_kinds, \
         holder_ids FROM groups WHERE number > $1 ORDER BY number LIMIT $2";
    let rows = db.rows(sql, &[&signed(kept.number), &at_most(LINKS_MAX)]).await?;
    let link = |row: &Row| {
        Ok(Link {
            number: count(row, "number")?,
            id: id(row, "id")?,
            id_before: id(row, "id_before")?,
            changed: changed(row)?,
        })
    };
    rows.iter().map(link).collect()
}

fn changed(row: &Row) -> Result<ChangedRoutes> {
    // Also a group of an older version of this program, which does not say what it changed.
    let Some(routes) = get::<Option<Vec<Uuid>>>(row, "changed_routes")? else {
        return Ok(ChangedRoutes::Any);
    };
    let mut changed = ChangedRoutes::default();
    let (of, numbers): (Vec<Uuid>, Vec<i16>) =
        (get(row, "seat_routes")?, get(row, "seat_numbers")?);
    let (kinds, ids): (Vec<i16>, Vec<Uuid>) = (get(row, "holder_kinds")?, get(row, "holder_ids")?);
    for (((route, number), kind), id) in of.into_iter().zip(numbers).zip(kinds).zip(ids) {
        let seat = stored_seat(number).ok_or_else(|| bad("seat_numbers"))?;
        let holder = seat::stored_holder(kind, id).ok_or_else(|| bad("holder_kinds"))?;
        changed.note_seats(RouteId(route), [(seat, holder)]);
    }
    routes.into_iter().for_each(|route| changed.note_whole(RouteId(route)));
    Ok(changed)
}

/// What has changed between the two. A chain that does not lead from one to the other is another
/// history.
pub(crate) fn changed_between(
    kept: Option<KeptAt>,
    links: Vec<Link>,
    head: &Head,
) -> ChangedRoutes {
    let Some(KeptAt { mut number, mut id }) = kept else { return ChangedRoutes::Any };
    let mut changed = ChangedRoutes::default();
    for link in links {
        if link.number != number + 1 || link.id_before != id {
            return ChangedRoutes::Any;
        }
        changed.add(link.changed);
        (number, id) = (link.number, link.id);
    }
    if id == head.id { changed } else { ChangedRoutes::Any }
}

/// As a group's row says it, in the order of its columns.
pub(crate) fn columns(changed: &ChangedRoutes) -> Vec<Value<'static>> {
    let mut whole: Option<Vec<Uuid>> = None;
    let mut seats: Vec<(RouteId, SeatNumber, Holder)> = Vec::new();
    if let ChangedRoutes::These(routes) = changed {
        let whole = whole.insert(Vec::new());
        for (id, changed) in routes {
            match changed {
                ChangedRoute::Whole => whole.push(id.0),
                ChangedRoute::Seats(of_route) => {
                    seats.extend(of_route.iter().map(|(seat, holder)| (*id, *seat, *holder)));
                }
            }
        }
    }
    let holders = || seats.iter().map(|(.., holder)| seat::columns(*holder));
    vec![
        Box::new(whole),
        Box::new(seats.iter().map(|(route, ..)| route.0).collect::<Vec<Uuid>>()),
        Box::new(seats.iter().map(|(_, seat, _)| seat_number(*seat)).collect::<Vec<i16>>()),
        Box::new(holders().map(|(kind, _)| kind).collect::<Vec<i16>>()),
        Box::new(holders().map(|(_, id)| id).collect::<Vec<Uuid>>()),
    ]
}

#[cfg(test)]
mod tests {
    use domain::TicketId;
    use jiff::Timestamp;

    use super::*;

    fn group(number: u64) -> Uuid {
        Uuid::from_u128(number.into())
    }

    fn head(number: u64) -> Head {
        Head { number, last_place: 0, id: group(number), now: Timestamp::UNIX_EPOCH }
    }

    /// These seats of one route.
    fn seats(numbers: impl IntoIterator<Item = u16>) -> ChangedRoutes {
        let mut changed = ChangedRoutes::default();
        let holder = Holder::Ticket(TicketId(Uuid::from_u128(1)));
        let seat = |number| (SeatNumber::new(number).unwrap(), holder);
        changed.note_seats(RouteId(Uuid::from_u128(2)), numbers.into_iter().map(seat));
        changed
    }

    fn link(number: u64, changed: ChangedRoutes) -> Link {
        Link { number, id: group(number), id_before: group(number - 1), changed }
    }

    fn check(links: Vec<Link>, newest: u64, expected: &ChangedRoutes) {
        let kept = Some(KeptAt { number: 7, id: group(7) });
        assert_eq!(&changed_between(kept, links, &head(newest)), expected);
    }

    #[test]
    fn nothing_has_changed_where_nobody_else_has_written() {
        check(Vec::new(), 7, &ChangedRoutes::default());
    }

    #[test]
    fn what_each_of_the_others_has_changed_is_gathered() {
        let links = vec![link(8, seats([1])), link(9, seats([])), link(10, seats([1, 2]))];
        check(links, 10, &seats([1, 2]));
    }

    #[test]
    fn a_group_that_does_not_say_may_have_changed_any() {
        check(vec![link(8, seats([1])), link(9, ChangedRoutes::Any)], 9, &ChangedRoutes::Any);
    }

    #[test]
    fn more_groups_than_are_looked_at_may_have_changed_any() {
        check(vec![link(8, seats([1]))], 9, &ChangedRoutes::Any);
    }

    #[test]
    fn where_groups_are_missing_any_may_have_changed() {
        check(vec![link(9, seats([1]))], 9, &ChangedRoutes::Any);
    }

    #[test]
    fn another_history_may_have_changed_any() {
        // After a failover that lost group 7: another group has its number, or there is none.
        let other = Link { id_before: group(70), ..link(8, seats([1])) };
        check(vec![other], 8, &ChangedRoutes::Any);
        check(Vec::new(), 6, &ChangedRoutes::Any);
    }

    #[test]
    fn what_is_kept_of_no_group_is_old() {
        assert_eq!(changed_between(None, Vec::new(), &head(7)), ChangedRoutes::Any);
    }
}
