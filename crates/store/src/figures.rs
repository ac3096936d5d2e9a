//! Figures over everything, summed from those that a driver keeps for each kind of thing.
//!
//! Their number does not grow with what is stored, so every question costs the same.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use domain::ticket::{PaymentStatus, TicketStatus};
use domain::{Kurus, LayoutType, RouteKind};
use jiff::Timestamp;

use crate::{BusStats, Facets, HoldsExpired, PaymentTotals, RouteStats, TicketStats};

/// The day of a figure that is summed by days: days (UTC) since 1970.
pub fn day_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(SECONDS_A_DAY)
}

const SECONDS_A_DAY: i64 = 86_400;

/// How many buses are of one brand and one type of layout.
#[derive(Clone, Debug)]
pub struct BusFigures {
    /// Empty where none is given.
    pub brand: String,
    /// Of their seats.
    pub layout_type: LayoutType,
    /// How many buses.
    pub buses: u64,
    /// How many seats they have together.
    pub seats: u64,
}

impl BusStats {
    /// All of them together.
    pub fn sum(figures: impl IntoIterator<Item = BusFigures>) -> Self {
        let (mut total, mut seats_total) = (0, 0);
        let mut by_brand = BTreeMap::<String, u64>::new();
        let mut by_layout_type = BTreeMap::<&str, (LayoutType, u64)>::new();
        for BusFigures { brand, layout_type, buses, seats } in figures {
            total += buses;
            seats_total += seats;
            if !brand.is_empty() {
                *by_brand.entry(brand).or_insert(0) += buses;
            }
            by_layout_type.entry(layout_type.as_str()).or_insert((layout_type, 0)).1 += buses;
        }
        let mut by_brand: Vec<_> = by_brand.into_iter().collect();
        // Stable: those with as many buses stay in the order of their names.
        by_brand.sort_by_key(|(_, buses)| Reverse(*buses));
        let by_layout_type = by_layout_type.into_values().collect();
        Self { total, seats_total, by_brand, by_layout_type }
    }
}

/// How many departures are of one kind, on sale or not.
#[derive(Clone, Copy, Debug)]
pub struct RouteFigures {
    /// What they are.
    pub kind: RouteKind,
    /// Whether they are on sale.
    pub is_active: bool,
    /// How many routes.
    pub routes: u64,
}

impl RouteStats {
    /// All of them together; `upcoming` is counted by the driver.
    pub fn sum(figures: impl IntoIterator<Item = RouteFigures>, upcoming: u64) -> Self {
        let (mut total, mut active) = (0, 0);
        let mut by_kind = BTreeMap::<&str, (RouteKind, u64)>::new();
        for RouteFigures { kind, is_active, routes } in figures {
            total += routes;
            active += if is_active { routes } else { 0 };
            by_kind.entry(kind.as_str()).or_insert((kind, 0)).1 += routes;
        }
        Self { total, active, upcoming, by_kind: by_kind.into_values().collect() }
    }
}

/// How many tickets a facet has, and the sum of their prices.
#[derive(Clone, Copy, Debug)]
pub struct TicketFigures {
    /// Status, payment and gender in one number: [`Facets::parts`].
    pub facet: i64,
    /// How many tickets.
    pub tickets: u64,
    /// The sum of their prices.
    pub revenue: Kurus,
}

impl TicketStats {
    /// All of them together.
    pub fn sum(
        figures: impl IntoIterator<Item = TicketFigures>,
        holds_expired: HoldsExpired,
    ) -> Self {
        let mut by_status = BTreeMap::<&str, (TicketStatus, u64)>::new();
        let mut by_payment_status = BTreeMap::<&str, (PaymentStatus, PaymentTotals)>::new();
        let mut total = 0;
        for figures in figures.into_iter().filter(|figures| figures.tickets > 0) {
            let (status, payment_status, _) = Facets::parts(figures.facet);
            total += figures.tickets;
            by_status.entry(status.as_str()).or_insert((status, 0)).1 += figures.tickets;
            let none = PaymentTotals { count: 0, revenue: Kurus::ZERO };
            let paid =
                by_payment_status.entry(payment_status.as_str()).or_insert((payment_status, none));
            paid.1.count += figures.tickets;
            let revenue = paid.1.revenue.get().saturating_add(figures.revenue.get());
            paid.1.revenue = Kurus::from_stored(revenue);
        }
        Self {
            total,
            by_status: by_status.into_values().collect(),
            by_payment_status: by_payment_status.into_values().collect(),
            holds_expired,
        }
    }
}
