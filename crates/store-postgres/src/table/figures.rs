//! Figures over everything: what triggers keep up to date (`migrations/V2__figures.sql`), read.

use jiff::Timestamp;
use store::{
    BusFigures, BusStats, EXPIRED_HOLDS_MAX, ExpiredHolds, HoldsExpired, RouteFigures, RouteStats,
    TicketFigures, TicketStats,
};
use tokio_postgres::Row;

use crate::column::{at, at_most, count, get, id, layout_type, money, route_kind};
use crate::db::Db;
use crate::fault::Result;

/// For every facet that a ticket ever had, the current figures.
pub(crate) async fn of_tickets(db: Db<'_>) -> Result<Vec<TicketFigures>> {
    let sql = "SELECT facet, tickets, revenue FROM ticket_figures_now";
    let figures = |row: &Row| {
        Ok(TicketFigures {
            facet: get::<i16>(row, "facet")?.into(),
            tickets: count(row, "tickets")?,
            revenue: money(row, "revenue")?,
        })
    };
    db.rows(sql, &[]).await?.iter().map(figures).collect()
}

pub(crate) async fn ticket_stats(db: Db<'_>) -> Result<TicketStats> {
    let total = "SELECT (coalesce(sum(expired), 0) + \
         (SELECT coalesce(sum(seats), 0) FROM expired_hold_seats))::bigint AS total \
         FROM ticket_figures_now";
    let total = count(&db.one(total, &[]).await?, "total")?;
    let most = "SELECT user_id, route_id, holds FROM expired_holds ORDER BY holds DESC LIMIT $1";
    let shown = at_most(EXPIRED_HOLDS_MAX);
    let by_customer = db.rows(most, &[&shown]).await?;
    let customer = |row: &Row| {
        let (user_id, route_id) = (id(row, "user_id")?, id(row, "route_id")?);
        Ok(ExpiredHolds { user_id, route_id, count: count(row, "holds")? })
    };
    let by_customer = by_customer.iter().map(customer).collect::<Result<_>>()?;
    Ok(TicketStats::sum(of_tickets(db).await?, HoldsExpired { total, by_customer }))
}

/// Summed over kinds and over the days that have departures on sale; only those of the current day
/// are counted one by one.
pub(crate) async fn route_stats(db: Db<'_>, now: Timestamp) -> Result<RouteStats> {
    let totals = "SELECT kind, is_active, routes FROM route_totals WHERE routes > 0";
    let figures = |row: &Row| {
        let (kind, is_active) = (route_kind(row, "kind")?, get(row, "is_active")?);
        Ok(RouteFigures { kind, is_active, routes: count(row, "routes")? })
    };
    let totals: Vec<_> = db.rows(totals, &[]).await?.iter().map(figures).collect::<Result<_>>()?;
    let upcoming = db
        .one(
            "SELECT ((SELECT coalesce(sum(routes), 0) FROM route_figures \
         WHERE kind = ANY(ARRAY['STANDARD', 'EXPRESS', 'VIP', 'LUXURY']) AND is_active \
         AND day > ($1::timestamptz AT TIME ZONE 'UTC')::date) \
         + (SELECT count(*) FROM routes WHERE is_active AND departs_at > $1 AND departs_at < \
         (($1::timestamptz AT TIME ZONE 'UTC')::date + 1)::timestamp AT TIME ZONE 'UTC'))::bigint \
         AS upcoming",
            &[&at(now)],
        )
        .await?;
    Ok(RouteStats::sum(totals, count(&upcoming, "upcoming")?))
}

pub(crate) async fn bus_stats(db: Db<'_>) -> Result<BusStats> {
    let sql = "SELECT brand, layout_type, buses, seats FROM bus_figures WHERE buses > 0 \
         ORDER BY brand, layout_type";
    let figures = |row: &Row| {
        let (brand, layout_type) = (get(row, "brand")?, layout_type(row, "layout_type")?);
        Ok(BusFigures {
            brand,
            layout_type,
            buses: count(row, "buses")?,
            seats: count(row, "seats")?,
        })
    };
    let figures: Vec<_> = db.rows(sql, &[]).await?.iter().map(figures).collect::<Result<_>>()?;
    Ok(BusStats::sum(figures))
}
