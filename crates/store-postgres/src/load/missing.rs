//! What a group needs of routes, people and passengers, and the set does not have yet.

use std::collections::{BTreeMap, BTreeSet};

use domain::{NeighbourRule, RouteAgain, RouteFacts, RouteId, SeatedPassenger, UserId};
use store::{RouteView, UserBrief, Wanted, WorkingSet};
use tokio_postgres::Row;

use super::again::{self, Old};
use super::claims;
use super::passengers::{self, Lookups, Shown};
use crate::column::{id, read, segment};
use crate::db::Db;
use crate::fault::Result;
use crate::table::{route_view, seat, user};

#[derive(Debug)]
pub(super) struct Missing {
    routes: Vec<RouteId>,
    /// Of routes that are known: what another process has changed.
    old: Old,
    people: Vec<UserId>,
    shown: Vec<Shown>,
}

/// As it was read.
#[derive(Debug)]
pub(super) struct Found {
    /// One that was asked for and is not among `routes` does not exist.
    pub(super) asked: Vec<RouteId>,
    routes: Vec<RouteFacts>,
    again: BTreeMap<RouteId, RouteAgain>,
    people: Vec<UserBrief>,
    seated: Vec<SeatedPassenger>,
}

impl Missing {
    pub(super) fn of(
        set: &mut WorkingSet,
        routes: impl IntoIterator<Item = RouteId>,
        people: impl IntoIterator<Item = UserId>,
        shown: Vec<Shown>,
    ) -> Self {
        let facts = set.facts();
        let (old, routes): (Vec<RouteId>, Vec<RouteId>) = routes
            .into_iter()
            .filter(|id| !facts.has_route(*id))
            .partition(|id| facts.old_seats(*id).is_some());
        let old = Old::of(facts, &old);
        let people = people.into_iter().filter(|id| !set.has_person(*id)).collect();
        Self { routes, old, people, shown }
    }

    /// Of what the commands name. It is not known yet what other processes have changed: parts that
    /// are old would be read too early, as there may be more of them.
    pub(super) fn named(set: &mut WorkingSet, wanted: &Wanted) -> Self {
        let Wanted { routes, people, .. } = wanted;
        let (routes, people) = (sorted(routes), sorted(people));
        let shown = passengers::of_commands(wanted);
        Self { old: Old::default(), ..Self::of(set, routes, people, shown) }
    }

    pub(super) async fn read(self, db: Db<'_>, house: NeighbourRule) -> Result<Found> {
        let (routes, again, people, seated) = tokio::try_join!(
            facts_of_routes(db, &self.routes, house),
            // Each boxed: they are large, and seldom needed.
            Box::pin(again::read(db, &self.old)),
            user::briefs(db, &self.people),
            Box::pin(seated(db, &self.shown))
        )?;
        Ok(Found { asked: self.routes, routes, again, people, seated })
    }
}

/// Each of them once.
fn sorted<T: Ord + Copy>(ids: &[T]) -> BTreeSet<T> {
    ids.iter().copied().collect()
}

impl Found {
    /// The routes that were read in parts.
    #[cfg(feature = "simulation")]
    pub(super) fn read_again(&self) -> Vec<RouteId> {
        self.again.keys().copied().collect()
    }

    /// Puts it into the set, but for the passengers: they come last, behind the bookings.
    pub(super) fn put(self, set: &mut WorkingSet) -> Vec<SeatedPassenger> {
        let Self { routes, again, people, seated, .. } = self;
        routes.into_iter().for_each(|facts| set.put_route(facts));
        again.into_iter().for_each(|(id, again)| set.facts().put_route_again(id, again));
        people.into_iter().for_each(|person| set.put_person(person));
        seated
    }
}

pub(super) async fn facts_of_routes(
    db: Db<'_>,
    ids: &[RouteId],
    house: NeighbourRule,
) -> Result<Vec<RouteFacts>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (views, mut legs, mut claims, mut sitters) = tokio::try_join!(
        route_view::by_ids(db, ids),
        seat::legs(db, ids),
        claims::of_routes(db, ids),
        seat::sitters(db, ids, house)
    )?;
    let facts = views.into_values().map(|RouteView { route, bus }| {
        let id = route.id;
        let (legs, claims) = (legs.remove(&id), claims.remove(&id));
        let (legs, claims) = (legs.unwrap_or_default(), claims.unwrap_or_default());
        let mut facts = RouteFacts { route, bus, legs, claims, sitters: None };
        if facts.neighbour_rule(house) != NeighbourRule::Off {
            facts.sitters = Some(sitters.remove(&id).unwrap_or_default());
        }
        facts
    });
    Ok(facts.collect())
}

/// The live tickets of passengers with these documents.
async fn seated(db: Db<'_>, shown: &[Shown]) -> Result<Vec<SeatedPassenger>> {
    let [identities, passports] = passengers::lookups(db.keys(), shown);
    let by_identity = async {
        let Lookups { nth, routes, numbers, .. } = &identities;
        if nth.is_empty() {
            return Ok(Vec::new());
        }
        db.rows(passengers::BY_IDENTITY, &[nth, routes, numbers]).await
    };
    let by_passport = async {
        let Lookups { nth, routes, numbers, countries } = &passports;
        if nth.is_empty() {
            return Ok(Vec::new());
        }
        db.rows(passengers::BY_PASSPORT, &[nth, routes, numbers, countries]).await
    };
    let (by_identity, by_passport) = tokio::try_join!(by_identity, by_passport)?;
    let found = |row: &Row| {
        let nth = |nth: i32| shown.get(usize::try_from(nth).ok()?).cloned();
        let (route_id, identity) = read(row, "nth", nth)?;
        let (ticket_id, segment) = (id(row, "id")?, segment(row)?);
        Ok(SeatedPassenger { route_id, identity, ticket_id, segment })
    };
    by_identity.iter().chain(&by_passport).map(found).collect()
}
