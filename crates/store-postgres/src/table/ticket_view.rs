//! Tickets with what belongs to them, for queries: departures, buses and people, each read once and
//! all of a page together.

use std::collections::HashMap;

use domain::{Pnr, Refusal, RouteId, Ticket, TicketId, UserId};
use store::{TicketView, UserBrief};

use super::{route_view, ticket, user};
use crate::db::Db;
use crate::fault::Result;

/// In the order of the tickets.
pub(crate) async fn of(db: Db<'_>, tickets: Vec<Ticket>) -> Result<Vec<TicketView>> {
    let mut routes: Vec<RouteId> = tickets.iter().map(|ticket| ticket.route_id).collect();
    routes.sort_unstable_by_key(|id| id.0);
    routes.dedup();
    let people = |ticket: &Ticket| ticket.user_id.into_iter().chain(ticket.issued_by_id);
    let mut people: Vec<UserId> = tickets.iter().flat_map(people).collect();
    people.sort_unstable_by_key(|id| id.0);
    people.dedup();
    let routes = route_view::by_ids(db, &routes).await?;
    let people = user::briefs(db, &people).await?.into_iter().map(|brief| (brief.id, brief));
    let people: HashMap<UserId, UserBrief> = people.collect();
    let person = |id: Option<UserId>| people.get(&id?).cloned();
    let view = |ticket: Ticket| {
        let route = routes.get(&ticket.route_id).cloned().ok_or(Refusal::RouteNotFound)?;
        let (user, issued_by) = (person(ticket.user_id), person(ticket.issued_by_id));
        Ok(TicketView { ticket, route, user, issued_by })
    };
    tickets.into_iter().map(view).collect()
}

/// Those of a list, in its order. A ticket is never deleted, so one that was listed is there.
pub(crate) async fn in_order(db: Db<'_>, ids: &[TicketId]) -> Result<Vec<TicketView>> {
    let found = ticket::by_ids(db, ids).await?.into_iter().map(|ticket| (ticket.id, ticket));
    let found: HashMap<TicketId, Ticket> = found.collect();
    // One that was paid for twice is listed twice.
    let in_order =
        ids.iter().map(|id| Ok(found.get(id).cloned().ok_or(Refusal::TicketNotFound)?));
    of(db, in_order.collect::<Result<_>>()?).await
}

async fn of_one(db: Db<'_>, ticket: Option<Ticket>) -> Result<Option<TicketView>> {
    Ok(of(db, ticket.into_iter().collect()).await?.into_iter().next())
}

pub(crate) async fn by_id(db: Db<'_>, id: TicketId) -> Result<Option<TicketView>> {
    of_one(db, ticket::by_id(db, id).await?).await
}

/// The first of the booking's.
pub(crate) async fn by_pnr(db: Db<'_>, pnr: &Pnr) -> Result<Option<TicketView>> {
    of_one(db, ticket::by_pnr(db, pnr).await?).await
}
