//! Lists of tickets, newest first, at a cost bounded by the answer.
//!
//! An answer from one index is exact, on every page. For two filters that no index has together (an
//! agent's tickets between two cities), the smaller of the two sets is searched, newest first, as
//! far as [`LOOKED_AT_MAX`]; if it is longer than that, the list says that it is limited.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};

use domain::TicketId;
use domain::part::Part;
use domain::passenger::IdentityNumber;
use store::{
    BookingView, COUNTED_MAX, DataKeys, Facets, Page, Paged, TicketFilter, TicketIndex, TicketView,
};
use uuid::Uuid;

use super::ticket_driver::Driver;
use super::{booking, ticket, ticket_view};
use crate::column::{at, get};
use crate::condition::Where;
use crate::db::Db;
use crate::fault::Result;

/// Rows that are looked at one by one for a list that no single index answers.
pub(crate) const LOOKED_AT_MAX: u64 = 5_000;

pub(crate) async fn list(
    db: Db<'_>,
    filter: &TicketFilter,
    page: Page,
) -> Result<Paged<TicketView>> {
    let Paged { items, total, is_limited } = ids(db, filter, page).await?;
    Ok(Paged { items: ticket_view::in_order(db, &items).await?, total, is_limited })
}

/// The bookings of a list's tickets, newest first, each once and whole.
pub(crate) async fn bookings(
    db: Db<'_>,
    filter: &TicketFilter,
    page: Page,
) -> Result<Paged<BookingView>> {
    let Paged { items, total, is_limited } = ids(db, filter, page).await?;
    let found = ticket::by_ids(db, &items).await?;
    let ids: BTreeSet<Uuid> = found.iter().map(|ticket| ticket.booking_id.0).collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut bookings = booking::by_ids(db, &ids).await?;
    // The order of ids is the order of time.
    bookings.sort_unstable_by_key(|booking| Reverse(booking.id));
    Ok(Paged { items: booking::views(db, bookings).await?, total, is_limited })
}

async fn ids(db: Db<'_>, filter: &TicketFilter, page: Page) -> Result<Paged<TicketId>> {
    let candidates = TicketIndex::candidates(filter);
    let keys = db.keys();
    let is_exact =
        |by: TicketIndex| rest(keys, filter, by).is_empty() && filter.phone_part.is_none();
    let exact = candidates.iter().find(|by| is_exact(**by));
    if let Some(by) = exact {
        let driver = Driver::open(db, *by, filter).await?;
        let counted = driver.count(db, COUNTED_MAX + 1).await?;
        return Ok(Paged::counted(driver.newest(db, page.offset, page.limit).await?, counted));
    }
    let mut smallest: Option<(u64, TicketIndex, Driver)> = None;
    for by in candidates {
        let driver = Driver::open(db, by, filter).await?;
        let count = driver.count(db, LOOKED_AT_MAX + 1).await?;
        if smallest.as_ref().is_none_or(|(least, ..)| count < *least) {
            smallest = Some((count, by, driver));
        }
    }
    let Some((count, by, driver)) = smallest else { return Ok(Paged::whole(Vec::new())) };
    let mut found = driver.newest(db, 0, LOOKED_AT_MAX).await?;
    keep_matching(db, rest(keys, filter, by), &mut found).await?;
    if let Some(part) = &filter.phone_part {
        keep_with_phone(db, part, &mut found).await?;
    }
    Ok(page.of_looked_at(found, count > LOOKED_AT_MAX))
}

/// The parts of the filter that the index does not answer, except a part of the phone number.
fn rest(keys: &DataKeys, filter: &TicketFilter, by: TicketIndex) -> Where {
    let mut rest = Where::default();
    if by != TicketIndex::Pnr {
        rest.and_some("t.pnr = ?", filter.pnr.as_ref(), |pnr| pnr.as_str().to_owned());
    }
    // No index has the parts of a text.
    let part = |part: &Part| part.as_str().to_owned();
    rest.and_some("strpos(t.pnr, ?) > 0", filter.pnr_part.as_ref(), part);
    if by != TicketIndex::Route {
        rest.and_some("t.route_id = ?", filter.route_id, |id| id.0);
    }
    if by != TicketIndex::User {
        rest.and_some("t.user_id = ?", filter.user_id, |id| id.0);
    }
    if by != TicketIndex::Issuer {
        rest.and_some("t.issued_by_id = ?", filter.issued_by_id, |id| id.0);
    }
    if by != TicketIndex::Phone {
        let phone = filter.phone.as_ref();
        rest.and_some("t.phone = ANY(?)", phone, |phone| keys.phone_lookups(phone));
    }
    if by != TicketIndex::Identity {
        let number = filter.identity_number.as_ref();
        let lookups = |number: &IdentityNumber| keys.identity_lookups(number);
        rest.and_some("t.identity_number = ANY(?)", number, lookups);
    }
    if !matches!(by, TicketIndex::Cities | TicketIndex::Departure) {
        let city = |key: &domain::CityKey| key.as_str().to_owned();
        rest.and_some("t.from_key = ?", filter.from_city.as_ref(), city);
        rest.and_some("t.to_key = ?", filter.to_city.as_ref(), city);
    }
    if by != TicketIndex::Departure
        && let Some(departs) = filter.departs
    {
        let (start, end) =
            (rest.push(Box::new(at(departs.start))), rest.push(Box::new(at(departs.end))));
        rest.and(&format!(
            "EXISTS (SELECT 1 FROM stops WHERE stops.route_id = t.route_id AND \
             stops.stop_index = t.from_stop_index AND stops.time >= ${start} AND stops.time < ${end})"
        ));
    }
    // A code names the tickets of one booking, with any facets.
    if by == TicketIndex::Pnr {
        let facets = Facets::of(filter.status, filter.payment_status, filter.gender);
        if !facets.are_all() {
            rest.and_value("(?::bigint >> t.facet::integer) & 1 = 1", Box::new(facets.mask()));
        }
    }
    rest
}

async fn keep_matching(db: Db<'_>, mut rest: Where, ids: &mut Vec<TicketId>) -> Result<()> {
    let keys: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    rest.and_value("t.id = ANY(?)", Box::new(keys));
    let sql = format!("SELECT t.id FROM tickets t {}", rest.sql());
    let matching = db.rows(&sql, &rest.values(&[])).await?;
    let matching: HashSet<Uuid> =
        matching.iter().map(|row| get(row, "id")).collect::<Result<_>>()?;
    ids.retain(|id| matching.contains(&id.0));
    Ok(())
}

/// A sealed number is compared here: no statement can do it.
async fn keep_with_phone(db: Db<'_>, part: &Part, ids: &mut Vec<TicketId>) -> Result<()> {
    let found = ticket::by_ids(db, ids).await?;
    let with_phone = found.iter().filter(|it| part.is_of_phone(&it.phone));
    let matching: HashSet<TicketId> = with_phone.map(|ticket| ticket.id).collect();
    ids.retain(|id| matching.contains(id));
    Ok(())
}
