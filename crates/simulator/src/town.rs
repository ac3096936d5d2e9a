//! The place where every run begins: a few people, one bus, and routes on which all want the same
//! few seats.

use domain::{Account, Gender, Role, RouteId, UserId};
use uuid::Uuid;

use crate::chance::Chance;

/// As many as a journey may have passengers: a group can fill a bus.
pub(crate) const SEATS: usize = 10;
/// Most want one of the first.
pub(crate) const POPULAR_SEATS: usize = 4;
pub(crate) const LEGS: usize = CITIES.len() - 1;
pub(crate) const ROUTES: usize = 3;

pub(crate) const CITIES: [&str; 4] = ["İstanbul", "Bolu", "Ankara", "Konya"];

/// 2026-12-01T00:00:00Z, in milliseconds.
pub(crate) const OPENING: i64 = 1_796_083_200_000;

/// How long a reservation may stay unpaid.
pub(crate) const HOLD_SECONDS: u32 = 30;

/// How long seats are held.
pub(crate) const SEAT_HOLD_SECONDS: u32 = 20;

/// When each route leaves its first stop, in minutes after the opening. While the first one leaves,
/// the customers' sale of the second closes; the third leaves long after every run has ended.
const LEAVES_MINUTES: [i64; ROUTES] = [30, 45, 48 * 60];

/// From one stop to the next. So short that in a run some legs leave while others are on sale.
const LEG_SECONDS: i64 = 40;

/// How long before a departure the sale to customers ends, as the contract has it.
const CUSTOMERS_CLOSE_MINUTES: i64 = 15;

/// When a bus leaves a stop, in milliseconds since 1970.
pub(crate) fn departure(route: usize, stop: usize) -> i64 {
    let legs = i64::try_from(stop).unwrap_or(i64::MAX);
    OPENING + (LEAVES_MINUTES[route] * 60 + legs * LEG_SECONDS) * 1_000
}

/// The moment from which this role can take no seat from this stop any more.
pub(crate) fn sale_closes(role: Role, route: usize, stop: usize) -> i64 {
    let early = if role == Role::Customer { CUSTOMERS_CLOSE_MINUTES } else { 0 };
    departure(route, stop) - early * 60_000
}

/// When a run begins: at the opening, or shortly before the first bus leaves.
pub(crate) fn dawn(chance: &Chance) -> i64 {
    if chance.percent(60) {
        return OPENING;
    }
    let before = i64::try_from(chance.below(150_000)).unwrap_or_default();
    departure(0, 0) - before
}

pub(crate) const CUSTOMERS: [Account; 2] = [person(1, Role::Customer), person(2, Role::Customer)];
pub(crate) const AGENT: Account = person(3, Role::Agent);
pub(crate) const ADMIN: Account = person(4, Role::Admin);

const fn person(number: u128, role: Role) -> Account {
    Account { user_id: UserId(Uuid::from_u128(number)), role }
}

const FIRST_ROUTE: u128 = 60;

pub(crate) fn route_id(route: usize) -> RouteId {
    RouteId(Uuid::from_u128(FIRST_ROUTE + route as u128))
}

/// The number of a route of this town.
pub(crate) fn route_number(id: u128) -> Option<usize> {
    usize::try_from(id.checked_sub(FIRST_ROUTE)?).ok().filter(|route| *route < ROUTES)
}

/// The room of a route.
pub(crate) fn room(route: usize) -> String {
    format!("route {route}")
}

pub(crate) fn route_of(room: &str) -> Option<usize> {
    room.strip_prefix("route ")?.parse().ok()
}

pub(crate) const GENDERS: [Gender; 3] = Gender::ALL;
