//! Lists of tickets, newest first, at a cost bounded by the answer.
//!
//! An answer from one index is exact, on every page. For two filters that no index has together (an
//! agent's tickets between two cities), the smaller of the two sets is searched, newest first, as
//! far as [`LOOKED_AT_MAX`]; if it is longer than that, the list says that it is limited.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use domain::Refusal;
use domain::part::Part;
use domain::passenger::{IdentityNumber, Phone};
use rusqlite::types::Value;
use rusqlite::{Params, Row, params_from_iter};
use store::{
    BookingView, COUNTED_MAX, DataKeys, Facets, Page, Paged, TicketFilter, TicketIndex, TicketView,
};
use uuid::Uuid;

use super::newest::Key;
use super::ticket_driver::Driver;
use super::ticket_views::TicketViews;
use super::{Where, blob, booking, json_texts, text, ticket};
use crate::column::{bounds, signed};
use crate::db::Db;
use crate::fault::Result;
use crate::known_routes::KnownRoutes;

/// Tickets that are looked at one by one for a list that no single index answers.
pub(crate) const LOOKED_AT_MAX: u64 = 5_000;

pub(crate) fn list(
    connection: &Db,
    known: &KnownRoutes,
    filter: &TicketFilter,
    page: Page,
) -> Result<Paged<TicketView>> {
    let ids = ids(connection, filter, page)?;
    let mut views = TicketViews::new(connection, known);
    let items = ids.items.into_iter().map(|id| views.required(Uuid::from_bytes(id).into()));
    let items = items.collect::<Result<Vec<_>>>()?;
    Ok(Paged { items, total: ids.total, is_limited: ids.is_limited })
}

/// The bookings of a list's tickets, newest first, each once and whole.
pub(crate) fn bookings(
    db: &Db,
    known: &KnownRoutes,
    filter: &TicketFilter,
    page: Page,
) -> Result<Paged<BookingView>> {
    let Paged { items, total, is_limited } = ids(db, filter, page)?;
    // The order of ids is the order of time.
    let mut newest_first = BTreeSet::new();
    for id in items {
        newest_first.extend(booking::of_ticket(db, Uuid::from_bytes(id).into())?.map(Reverse));
    }
    let mut views = TicketViews::new(db, known);
    let mut view = |Reverse(id)| {
        let found = booking::by_id(db, id)?.ok_or(Refusal::BookingNotFound)?;
        booking::view(db, &mut views, found)
    };
    let items = newest_first.into_iter().map(&mut view).collect::<Result<_>>()?;
    Ok(Paged { items, total, is_limited })
}

fn ids(connection: &Db, filter: &TicketFilter, page: Page) -> Result<Paged<Key>> {
    let candidates = TicketIndex::candidates(filter);
    let keys = connection.keys();
    let is_exact =
        |by: TicketIndex| rest(keys, filter, by).is_empty() && filter.phone_part.is_none();
    let exact = candidates.iter().find(|by| is_exact(**by));
    if let Some(by) = exact {
        let driver = Driver::open(connection, *by, filter)?;
        let found = driver.newest(connection, page.offset, page.limit, COUNTED_MAX + 1)?;
        return Ok(Paged::counted(found.ids, found.total));
    }
    let mut smallest: Option<(u64, TicketIndex, Driver)> = None;
    for by in candidates {
        let driver = Driver::open(connection, by, filter)?;
        let count = driver.count(connection, LOOKED_AT_MAX + 1)?;
        if smallest.as_ref().is_none_or(|(least, ..)| count < *least) {
            smallest = Some((count, by, driver));
        }
    }
    let Some((count, by, driver)) = smallest else { return Ok(Paged::whole(Vec::new())) };
    let look = Look { rest: rest(keys, filter, by), part: filter.phone_part.as_ref() };
    let facets = Facets::of(filter.status, filter.payment_status, filter.gender);
    let found = if by == TicketIndex::Everything && facets.are_all() {
        look.among_the_newest(connection)?
    } else {
        look.among(connection, driver.newest(connection, 0, LOOKED_AT_MAX, 0)?.ids)?
    };
    Ok(page.of_looked_at(found, count > LOOKED_AT_MAX))
}

/// The parts of the filter that the index does not answer, except a part of the phone number.
fn rest(keys: &DataKeys, filter: &TicketFilter, by: TicketIndex) -> Where {
    let mut rest = Where::default();
    if by != TicketIndex::Pnr {
        rest.and_some("t.pnr = ?", filter.pnr.as_ref(), |pnr| text(pnr.as_str()));
    }
    // No index has the parts of a text.
    let part = |part: &Part| text(part.as_str());
    rest.and_some("instr(t.pnr, ?) > 0", filter.pnr_part.as_ref(), part);
    if by != TicketIndex::Route {
        rest.and_some("t.route_id = ?", filter.route_id, |id| blob(id.0));
    }
    if by != TicketIndex::User {
        rest.and_some("t.user_id = ?", filter.user_id, |id| blob(id.0));
    }
    if by != TicketIndex::Issuer {
        rest.and_some("t.issued_by_id = ?", filter.issued_by_id, |id| blob(id.0));
    }
    if by != TicketIndex::Phone {
        let lookups = |phone: &Phone| json_texts(&keys.phone_lookups(phone));
        let condition = "t.phone IN (SELECT value FROM json_each(?))";
        rest.and_some(condition, filter.phone.as_ref(), lookups);
    }
    if by != TicketIndex::Identity {
        let lookups = |number: &IdentityNumber| json_texts(&keys.identity_lookups(number));
        let condition = "t.identity_number IN (SELECT value FROM json_each(?))";
        rest.and_some(condition, filter.identity_number.as_ref(), lookups);
    }
    if !matches!(by, TicketIndex::Cities | TicketIndex::Departure) {
        rest.and_some("t.from_key = ?", filter.from_city.as_ref(), |key| text(key.as_str()));
        rest.and_some("t.to_key = ?", filter.to_city.as_ref(), |key| text(key.as_str()));
    }
    if by != TicketIndex::Departure
        && let Some((start, end)) = filter.departs.map(bounds)
    {
        rest.and(
            "EXISTS (SELECT 1 FROM stops WHERE stops.route_id = t.route_id AND \
             stops.stop_index = t.from_stop_index AND stops.time >= ? AND stops.time < ?)",
            [start.into(), end.into()],
        );
    }
    // A code names the tickets of one booking, with any facets.
    if by == TicketIndex::Pnr {
        let facets = Facets::of(filter.status, filter.payment_status, filter.gender);
        if !facets.are_all() {
            rest.and("(? >> t.facet) & 1", [facets.mask().into()]);
        }
    }
    rest
}

/// What tickets are looked at for.
struct Look<'a> {
    rest: Where,
    part: Option<&'a Part>,
}

impl Look<'_> {
    /// The rows of the table one after the other: to seek each takes five times as long.
    fn among_the_newest(&self, db: &Db) -> Result<Vec<Key>> {
        let mut statement = db.prepare_cached(&self.sql("ORDER BY t.id DESC LIMIT ?"))?;
        let max = signed(LOOKED_AT_MAX).into();
        let mut rows = statement.query(self.values(&max))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.extend(self.found(db, row)?);
        }
        Ok(found)
    }

    fn among(&self, db: &Db, ids: Vec<Key>) -> Result<Vec<Key>> {
        let mut statement = db.prepare_cached(&self.sql("WHERE t.id = ?"))?;
        let mut found = Vec::new();
        for id in ids {
            let id = blob(Uuid::from_bytes(id));
            found.extend(statement.query_row(self.values(&id), |row| self.found(db, row))?);
        }
        Ok(found)
    }

    /// The rest is no condition of the statement: rows that do not match count as looked at.
    fn sql(&self, rows: &str) -> String {
        let matches = self.rest.condition();
        // Where a column is empty, a comparison is neither true nor false.
        format!("SELECT t.id, t.phone, t.sealed, ({matches}) IS TRUE FROM tickets t {rows}")
    }

    fn values<'v>(&'v self, last: &'v Value) -> impl Params + 'v {
        params_from_iter(self.rest.values().iter().chain([last]))
    }

    /// A sealed number is compared here: no statement can do it.
    fn found(&self, db: &Db, row: &Row<'_>) -> rusqlite::Result<Option<Key>> {
        let id: Key = row.get(0)?;
        if !row.get::<_, bool>(3)? {
            return Ok(None);
        }
        let Some(part) = self.part else { return Ok(Some(id)) };
        let phone = ticket::phone(db.keys(), Uuid::from_bytes(id).into(), row, [1, 2])?;
        Ok(part.is_of_phone(&phone).then_some(id))
    }
}
