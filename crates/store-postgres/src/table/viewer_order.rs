//! `viewer_orders`: orders to viewers, for every node.
//!
//! Written under the clock: a node that reads after a number misses none that is committed later.

use domain::{Notice, RouteId, UserId, ViewerDeed, ViewerOrder, ViewersOf};
use jiff::{SignedDuration, Timestamp};
use store::{
    NodeId, OrderOfOther, VIEWER_ORDER_SECONDS, VIEWER_ORDERS_FORGOTTEN_MAX, VIEWER_ORDERS_READ_MAX,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::column::{at, at_most, count, get, read, signed, time};
use crate::db::Db;
use crate::fault::Result;

pub(crate) async fn insert(
    db: Db<'_>,
    node: NodeId,
    order: &ViewerOrder,
    now: Timestamp,
) -> Result<()> {
    let (user_id, route_id) = match order.viewers {
        ViewersOf::User(UserId(id)) => (Some(id), None),
        ViewersOf::Route(RouteId(id)) => (None, Some(id)),
    };
    let message = match &order.deed {
        ViewerDeed::Disconnect => None,
        ViewerDeed::Notify(notice) => Some(notice.as_str()),
    };
    let sql = "INSERT INTO viewer_orders (node_id, user_id, route_id, message, at) \
               VALUES ($1, $2, $3, $4, $5)";
    db.execute(sql, &[&node.0, &user_id, &route_id, &message, &at(now)]).await?;
    forget(db, now).await
}

/// Numbers rise with time: the oldest are the first.
async fn forget(db: Db<'_>, now: Timestamp) -> Result<()> {
    let kept = SignedDuration::from_secs(signed(VIEWER_ORDER_SECONDS));
    let before = now.checked_sub(kept).unwrap_or(Timestamp::MIN);
    let at_most = at_most(VIEWER_ORDERS_FORGOTTEN_MAX);
    let sql = "DELETE FROM viewer_orders WHERE at < $1 AND number = ANY(ARRAY(SELECT number \
               FROM viewer_orders ORDER BY number LIMIT $2))";
    db.execute(sql, &[&at(before), &at_most]).await.map(drop)
}

pub(crate) async fn newest(db: Db<'_>) -> Result<u64> {
    let sql = "SELECT number FROM viewer_orders ORDER BY number DESC LIMIT 1";
    match db.optional(sql, &[]).await? {
        Some(row) => count(&row, "number"),
        None => Ok(0),
    }
}

pub(crate) async fn of_others(db: Db<'_>, node: NodeId, behind: u64) -> Result<Vec<OrderOfOther>> {
    let (behind, at_most) = (signed(behind), at_most(VIEWER_ORDERS_READ_MAX));
    let sql = "SELECT number, user_id, route_id, message, at FROM viewer_orders \
               WHERE number > $1 AND node_id <> $2 ORDER BY number LIMIT $3";
    let rows = db.rows(sql, &[&behind, &node.0, &at_most]).await?;
    rows.iter().map(order).collect()
}

fn order(row: &Row) -> Result<OrderOfOther> {
    let (user_id, route_id): (Option<Uuid>, Option<Uuid>) =
        (get(row, "user_id")?, get(row, "route_id")?);
    let viewers = match (user_id, route_id) {
        (Some(id), None) => ViewersOf::User(UserId(id)),
        (None, Some(id)) => ViewersOf::Route(RouteId(id)),
        _ => unreachable!("the table has a check that one of the two is there"),
    };
    let deed = read(row, "message", |message: Option<String>| match message {
        None => Some(ViewerDeed::Disconnect),
        Some(text) => Notice::new(&text).ok().map(ViewerDeed::Notify),
    })?;
    let number = count(row, "number")?;
    Ok(OrderOfOther { number, order: ViewerOrder { viewers, deed }, at: time(row, "at")? })
}
