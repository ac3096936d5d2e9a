//! The facts of a command, read into the working set as far as it does not have them yet.

use domain::fair_use::{Claim, Claims};
use domain::hold::HoldKey;
use domain::identity::Identity;
use domain::{BookingId, NeighbourRule, RouteFacts, RouteId, Scope, Ticket, UserId};
use store::{RouteView, UserBrief, WorkingSet};

use crate::db::Db;
use crate::fault::Result;
use crate::known_users::KnownUsers;
use crate::table::{
    block, booking, hold, payment, route, run_out, seat, seated_passenger, ticket, user,
};

pub(crate) struct Loader<'a> {
    pub(crate) db: &'a Db,
    pub(crate) set: &'a mut WorkingSet,
    pub(crate) users: &'a KnownUsers,
    /// The neighbour rule where a route has none of its own.
    pub(crate) house: NeighbourRule,
}

impl Loader<'_> {
    /// All that a scope names.
    pub(crate) fn scope(&mut self, scope: &Scope<'_>) -> Result<()> {
        for id in &scope.tickets {
            let known = self.set.facts().booking_of(*id);
            // The decision refuses an unknown ticket.
            let Some(booking_id) =
                known.map_or_else(|| booking::of_ticket(self.db, *id), |id| Ok(Some(id)))?
            else {
                continue;
            };
            self.booking(booking_id)?;
        }
        for id in &scope.bookings {
            self.booking(*id)?;
        }
        for id in &scope.routes {
            self.route(*id)?;
        }
        for key in &scope.holds {
            self.hold(*key)?;
        }
        for id in &scope.blocks {
            if !self.set.facts().has_block(*id)
                && let Some(found) = block::by_id(self.db, *id)?
            {
                self.set.facts().put_block(found);
            }
        }
        for pnr in scope.pnrs {
            if booking::has_pnr(self.db, pnr)? {
                self.set.facts().put_used_pnr(pnr.clone());
            } else if self.set.facts().free_pnr(std::slice::from_ref(pnr)).is_ok() {
                // The first free one is the one that is taken: the others need not be looked up.
                break;
            }
        }
        self.seated(scope)
    }

    /// The account, as answers show it. What is read here is not kept for later groups: it may be
    /// undone.
    pub(crate) fn person(&mut self, id: UserId) -> Result<()> {
        if self.set.has_person(id) {
            return Ok(());
        }
        let brief = match self.users.get(id) {
            Some(known) => Some(UserBrief::of(&known.user)),
            None => user::brief(self.db, id)?,
        };
        if let Some(brief) = brief {
            self.set.put_person(brief);
        }
        Ok(())
    }

    /// Which passengers of the command have a seat already.
    fn seated(&mut self, scope: &Scope<'_>) -> Result<()> {
        let shown = |ticket: &Ticket| Some((ticket.route_id, ticket.passenger.identity.clone()?));
        let mut documents: Vec<(RouteId, Identity)> = scope
            .documents
            .iter()
            .map(|(route_id, identity)| (*route_id, (*identity).clone()))
            .collect();
        let facts = self.set.facts();
        let of_tickets = scope.tickets.iter().filter_map(|id| facts.booking_of(*id));
        let bookings: Vec<_> = of_tickets.chain(scope.bookings.iter().copied()).collect();
        for id in bookings {
            // The decision refuses an unknown booking.
            let Ok(booking) = self.set.facts().booking(id) else { continue };
            let tickets = booking.tickets.iter().map(|on| on.ticket);
            documents.extend(tickets.filter(|it| it.may_be_seated_again()).filter_map(shown));
        }
        for (route_id, identity) in documents {
            for found in seated_passenger::seated(self.db, route_id, &identity)? {
                self.set.facts().put_seated(found);
            }
        }
        Ok(())
    }

    fn booking(&mut self, id: BookingId) -> Result<()> {
        if let Some(routes) = self.set.facts().routes_of(id) {
            // Known, but a change of a route in the same group may have removed the route.
            return routes.into_iter().try_for_each(|id| self.route(id));
        }
        let Some(found) = booking::by_id(self.db, id)? else { return Ok(()) };
        let tickets = ticket::of_booking(self.db, id)?;
        for ticket in &tickets {
            self.route(ticket.route_id)?;
            for id in [ticket.user_id, ticket.issued_by_id].into_iter().flatten() {
                self.person(id)?;
            }
        }
        let payments = payment::of_booking(self.db, id)?;
        self.set.facts().put_booking(found, tickets, payments);
        Ok(())
    }

    fn route(&mut self, id: RouteId) -> Result<()> {
        if !self.set.facts().has_route(id)
            && let Some(RouteView { route, bus }) = route::by_id(self.db, id)?
        {
            let legs = seat::legs(self.db, id)?;
            let claims = self.claims(id)?;
            let mut facts = RouteFacts { route, bus, legs, claims, sitters: None };
            if facts.neighbour_rule(self.house) != NeighbourRule::Off {
                facts.sitters = Some(seat::sitters(self.db, id)?);
            }
            self.set.facts().put_route(facts);
        }
        Ok(())
    }

    /// Unpaid seats on a route, and seats that ran out, with their callers.
    fn claims(&self, route_id: RouteId) -> Result<Claims> {
        let mut claims = Claims::default();
        run_out::of_route(self.db, route_id, &mut claims)?;
        ticket::claims(self.db, route_id, &mut claims)?;
        for hold in hold::live_on(self.db, route_id)? {
            claims.put(hold.holder(), Claim::of_live_hold(&hold));
        }
        Ok(claims)
    }

    fn hold(&mut self, key: HoldKey) -> Result<()> {
        if let Ok(route_id) = self.set.facts().hold_by(key).map(|hold| hold.route_id) {
            // Known, but a change of the route in the same group may have removed the route.
            return self.route(route_id);
        }
        // The decision refuses an unknown hold.
        if let Some(found) = hold::by_key(self.db, key)? {
            self.route(found.route_id)?;
            self.set.facts().put_hold(found);
        }
        Ok(())
    }
}
