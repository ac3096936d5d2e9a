//! Questions about many routes: lists and popular pairs. A traveller's search is in
//! [`super::segment`].

use domain::{RouteId, RouteKind};
use store::{Page, Paged, PopularPair, RouteFilter, RouteView};

use super::route_view;
use crate::column::{at, at_most, count, get, id};
use crate::condition::Where;
use crate::db::Db;
use crate::fault::Result;

/// By departure, soonest first.
pub(crate) async fn list(db: Db<'_>, filter: &RouteFilter, page: Page) -> Result<Paged<RouteView>> {
    let mut condition = Where::default();
    // A bus leaves once or twice a day: the other filters are looked up in its departures, and
    // written so that no index is taken for them.
    let (is_active, kind) = match filter.bus_id {
        Some(_) => ("(is_active = ?) IS TRUE", "(kind = ?) IS TRUE"),
        None => ("is_active = ?", "kind = ?"),
    };
    condition.and_some(is_active, filter.is_active, std::convert::identity);
    condition.and_some(kind, filter.kind, RouteKind::as_str);
    condition.and_some("bus_id = ?", filter.bus_id, |id| id.0);
    condition.and_some("departs_at >= ?", filter.departs.map(|departs| departs.start), at);
    condition.and_some("departs_at < ?", filter.departs.map(|departs| departs.end), at);
    let order = "departs_at, id";
    let Paged { items, total, is_limited } =
        condition.page(db, "id", "routes", order, page, |row| id::<RouteId>(row, "id")).await?;
    Ok(Paged { items: route_view::in_order(db, &items).await?, total, is_limited })
}

// Pairs whose tickets were changed since the figures were folded are not where the index has them:
// so that many more are read, and all of the changed ones.
const POPULAR: &str = "WITH changed AS MATERIALIZED (SELECT from_key, to_key, sum(live)::bigint AS live \
     FROM city_pair_changes WHERE number > (SELECT folded.city_pairs FROM figures_folded folded) \
     GROUP BY from_key, to_key), \
     near AS (SELECT from_key, to_key FROM city_pairs ORDER BY live DESC, from_key, to_key \
     LIMIT $1 + (SELECT count(*) FROM changed)) \
     SELECT pair.from_city, pair.to_city, pair.live + coalesce(changed.live, 0) AS now_live \
     FROM (SELECT from_key, to_key FROM near UNION SELECT from_key, to_key FROM changed) named \
     JOIN city_pairs pair USING (from_key, to_key) LEFT JOIN changed USING (from_key, to_key) \
     WHERE pair.live + coalesce(changed.live, 0) > 0 \
     ORDER BY now_live DESC, from_key, to_key LIMIT $1";

pub(crate) async fn popular_pairs(db: Db<'_>, limit: usize) -> Result<Vec<PopularPair>> {
    let found = db.rows(POPULAR, &[&at_most(limit)]).await?;
    let pair = |row| {
        Ok(PopularPair {
            from_city: get(row, "from_city")?,
            to_city: get(row, "to_city")?,
            ticket_count: count(row, "now_live")?,
        })
    };
    found.iter().map(pair).collect()
}
