//! Tickets with what belongs to them, for queries: a departure, a bus and a person that many
//! tickets of a page share is read once.

use std::collections::HashMap;

use domain::{Refusal, RouteId, Ticket, TicketId, UserId};
use store::{RouteView, TicketView, UserBrief};

use super::{ticket, user};
use crate::db::Db;
use crate::fault::Result;
use crate::known_routes::KnownRoutes;

/// The views of one query, and what it has read for them so far.
pub(crate) struct TicketViews<'a> {
    db: &'a Db,
    known: &'a KnownRoutes,
    routes: HashMap<RouteId, RouteView>,
    people: HashMap<UserId, Option<UserBrief>>,
}

impl<'a> TicketViews<'a> {
    pub(crate) fn new(db: &'a Db, known: &'a KnownRoutes) -> Self {
        Self { db, known, routes: HashMap::new(), people: HashMap::new() }
    }

    pub(crate) fn of(&mut self, ticket: Ticket) -> Result<TicketView> {
        let route = self.route(ticket.route_id)?;
        let user = self.person(ticket.user_id)?;
        let issued_by = self.person(ticket.issued_by_id)?;
        Ok(TicketView { ticket, route, user, issued_by })
    }

    pub(crate) fn required(&mut self, id: TicketId) -> Result<TicketView> {
        let ticket = ticket::by_id(self.db, id)?.ok_or(Refusal::TicketNotFound)?;
        self.of(ticket)
    }

    fn route(&mut self, id: RouteId) -> Result<RouteView> {
        if let Some(view) = self.routes.get(&id) {
            return Ok(view.clone());
        }
        let view = self.known.required(self.db, id)?;
        self.routes.insert(id, view.clone());
        Ok(view)
    }

    fn person(&mut self, id: Option<UserId>) -> Result<Option<UserBrief>> {
        let Some(id) = id else { return Ok(None) };
        if let Some(brief) = self.people.get(&id) {
            return Ok(brief.clone());
        }
        let brief = user::brief(self.db, id)?;
        self.people.insert(id, brief.clone());
        Ok(brief)
    }
}
