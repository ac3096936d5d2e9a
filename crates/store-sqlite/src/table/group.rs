//! `groups`: the chain of committed groups. The places of events show which group has them.

use domain::RouteEvent;
use rusqlite::{Connection, Row, params};
use store::metrics::KnownAt;
use store::{CommittedGroup, GroupHead, GroupId, GroupNumber, LINKS_READ, LinkAge};

use super::route_event;
use crate::column::{count, millis, signed, time};
use crate::fault::Result;

/// Writes the link of a group that has events.
pub(crate) fn insert(
    connection: &Connection,
    group: &CommittedGroup,
    writer: [u8; 16],
) -> rusqlite::Result<()> {
    let at = group.events.iter().map(millis_of).max();
    connection
        .prepare_cached(
            "INSERT INTO groups (number, last_place, id, id_before, writer, at) \
             VALUES (?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            signed(group.number.get()),
            signed(group.last_place),
            group.id.0,
            group.id_before.0,
            writer,
            at,
        ])?;
    Ok(())
}

fn millis_of(event: &RouteEvent) -> i64 {
    millis(match event {
        RouteEvent::Seat(event) => event.draft.at,
        RouteEvent::Update(update) => update.at,
    })
}

pub(crate) fn newest(connection: &Connection) -> Result<GroupHead> {
    Ok(newest_by_statement(connection)?)
}

/// [`newest`], where an error is the whole group's.
pub(crate) fn newest_by_statement(connection: &Connection) -> rusqlite::Result<GroupHead> {
    connection
        .prepare_cached(
            "SELECT number, last_place, id FROM groups \
             WHERE number = (SELECT max(number) FROM groups)",
        )?
        .query_row([], head)
}

/// Groups after one of them, whole.
pub(crate) fn behind(
    connection: &Connection,
    after: GroupNumber,
    limit: usize,
) -> Result<Vec<CommittedGroup>> {
    let mut statement = connection.prepare_cached(
        "SELECT own.number, own.last_place, own.id, own.id_before, \
         before.last_place AS place_before \
         FROM groups AS own JOIN groups AS before ON before.number = own.number - 1 \
         WHERE own.number > ? ORDER BY own.number LIMIT ?",
    )?;
    let links = statement.query_map(params![signed(after.get()), limit], |row| {
        let id_before = GroupId(row.get("id_before")?);
        Ok((head(row)?, id_before, count(row, "place_before")?))
    })?;
    let mut groups = Vec::new();
    for link in links {
        let (GroupHead { number, id, last_place }, id_before, place_before) = link?;
        let events = route_event::of_group(connection, place_before, last_place)?;
        let known_at = KnownAt::default();
        groups.push(CommittedGroup {
            number,
            id,
            id_before,
            place_before,
            last_place,
            events,
            known_at,
        });
    }
    Ok(groups)
}

/// The links at the beginning of the chain.
pub(crate) fn oldest(connection: &Connection) -> Result<Vec<LinkAge>> {
    let links = connection
        .prepare_cached("SELECT number, last_place, at FROM groups ORDER BY number LIMIT ?")?
        .query_map([LINKS_READ], |row| {
            Ok(LinkAge {
                number: GroupNumber::new(count(row, "number")?),
                last_place: count(row, "last_place")?,
                at: time(row, "at")?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(links)
}

/// How many links have gone.
pub(crate) fn delete_before(connection: &Connection, number: GroupNumber) -> Result<usize> {
    let sql = "DELETE FROM groups WHERE number < ?";
    Ok(connection.prepare_cached(sql)?.execute([signed(number.get())])?)
}

fn head(row: &Row<'_>) -> rusqlite::Result<GroupHead> {
    let number = GroupNumber::new(count(row, "number")?);
    Ok(GroupHead { number, id: GroupId(row.get("id")?), last_place: count(row, "last_place")? })
}
