//! `groups`: the chain of committed groups, read. The places of events show which group has them.

use std::collections::VecDeque;

use domain::RouteEvent;
use store::metrics::KnownAt;
use store::{CommittedGroup, GroupHead, GroupId, GroupNumber, LINKS_READ, LinkAge};
use tokio_postgres::Row;
use uuid::Uuid;

use super::route_event;
use crate::column::{at_most, count, get, signed, time};
use crate::db::Db;
use crate::fault::Result;

pub(crate) async fn newest(db: Db<'_>) -> Result<GroupHead> {
    let sql = "SELECT number, last_place, id FROM groups ORDER BY number DESC LIMIT 1";
    head(&db.one(sql, &[]).await?)
}

/// Groups after one of them, whole.
pub(crate) async fn behind(
    db: Db<'_>,
    after: GroupNumber,
    limit: usize,
) -> Result<Vec<CommittedGroup>> {
    let limit = at_most(limit);
    let links = db
        .rows(
            "SELECT own.number, own.last_place, own.id, own.id_before, \
             before.last_place AS place_before \
             FROM groups AS own JOIN groups AS before ON before.number = own.number - 1 \
             WHERE own.number > $1 ORDER BY own.number LIMIT $2",
            &[&signed(after.get()), &limit],
        )
        .await?;
    let (Some(first), Some(last)) = (links.first(), links.last()) else { return Ok(Vec::new()) };
    let (from, to) = (count(first, "place_before")?, count(last, "last_place")?);
    let mut events: VecDeque<RouteEvent> = route_event::between(db, from, to).await?.into();
    links.iter().map(|link| whole(link, &mut events)).collect()
}

/// The links at the beginning of the chain.
pub(crate) async fn oldest(db: Db<'_>) -> Result<Vec<LinkAge>> {
    let sql = "SELECT number, last_place, at FROM groups ORDER BY number LIMIT $1";
    let link = |row: &Row| {
        Ok(LinkAge {
            number: GroupNumber::new(count(row, "number")?),
            last_place: count(row, "last_place")?,
            at: time(row, "at")?,
        })
    };
    db.rows(sql, &[&at_most(LINKS_READ)]).await?.iter().map(link).collect()
}

/// Returns how many links were deleted.
pub(crate) async fn delete_before(db: Db<'_>, number: GroupNumber) -> Result<u64> {
    db.execute("DELETE FROM groups WHERE number < $1", &[&signed(number.get())]).await
}

/// Takes the group's events, which are the first of those that are left.
fn whole(link: &Row, left: &mut VecDeque<RouteEvent>) -> Result<CommittedGroup> {
    let GroupHead { number, id, last_place } = head(link)?;
    let own = left.partition_point(|event| event.position() <= last_place);
    Ok(CommittedGroup {
        number,
        id,
        id_before: group_id(link, "id_before")?,
        place_before: count(link, "place_before")?,
        last_place,
        events: left.drain(..own).collect(),
        known_at: KnownAt::default(),
    })
}

fn head(row: &Row) -> Result<GroupHead> {
    let number = GroupNumber::new(count(row, "number")?);
    Ok(GroupHead { number, id: group_id(row, "id")?, last_place: count(row, "last_place")? })
}

fn group_id(row: &Row, name: &str) -> Result<GroupId> {
    Ok(GroupId(get::<Uuid>(row, name)?.into_bytes()))
}
