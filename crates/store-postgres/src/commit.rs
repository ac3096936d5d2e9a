//! The commit of a group, and what can be known of it.
//!
//! Invariant: a group is committed exactly if its row exists. The commit and a query for that row
//! travel in one message: a failed transaction answers `COMMIT` with a rollback, and then there is
//! no row. If the connection is lost in between, only a later query can show it (see `writer`).

use domain::ChangedRoutes;
use futures_util::future::join;
use jiff::Timestamp;
use store::GroupNumber;
use tokio_postgres::SimpleQueryMessage;
use uuid::Uuid;

use crate::batch::Batch;
use crate::column::{at, signed};
use crate::db::{Db, Value};
use crate::fault::Fault;
use crate::kept_routes;
use crate::notice::Notice;

/// A group's own row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub(crate) number: u64,
    pub(crate) last_place: u64,
    pub(crate) id: Uuid,
    pub(crate) id_before: Uuid,
    pub(crate) writer: Uuid,
}

/// The outcome of a group.
#[derive(Debug)]
pub(crate) enum Committed {
    Yes,
    /// Nothing of it is kept.
    No(Fault),
    /// The connection was lost while the commit was on its way.
    Unknown(Fault),
}

pub(crate) fn add_group(
    batch: &mut Batch<'_>,
    group: &Group,
    changed: &ChangedRoutes,
    now: Timestamp,
) {
    let Group { number, last_place, id, id_before, writer } = *group;
    let mut values: Vec<Value<'_>> = vec![
        Box::new(signed(number)),
        Box::new(signed(last_place)),
        Box::new(id),
        Box::new(id_before),
        Box::new(writer),
        Box::new(at(now)),
    ];
    values.extend(kept_routes::columns(changed));
    batch.add(
        "INSERT INTO groups (number, last_place, id, id_before, writer, at, changed_routes, \
         seat_routes, seat_numbers, holder_kinds, holder_ids) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        values,
    );
}

/// The notice to other nodes: it is sent exactly if the group is committed.
pub(crate) fn add_notice(batch: &mut Batch<'_>, group: &Group) {
    let notice = Notice::Group(GroupNumber::new(group.number));
    let values: Vec<Value<'_>> =
        vec![Box::new(notice.channel()), Box::new(notice.text(group.writer))];
    batch.add("SELECT pg_notify($1, $2)", values);
}

pub(crate) async fn commit(db: Db<'_>, batch: Batch<'_>, group: &Group) -> Committed {
    let ready = match batch.prepare(db).await {
        Ok(ready) => ready,
        Err(fault) => return Committed::No(fault),
    };
    // No time-out may come between the commit and its answer: it would cancel a commit that is
    // done.
    let sql = format!(
        "SET LOCAL statement_timeout = 0; COMMIT; SELECT id FROM groups WHERE id = '{}'",
        group.id
    );
    // Polled in this order, so sent in this order.
    let (written, answered) = join(ready.run(db), db.simple(&sql)).await;
    let fault = match (written, answered) {
        (Ok(()), Ok(rows)) if is_there(&rows, group.id) => return Committed::Yes,
        (Ok(()), Ok(_)) => Fault::NotCommitted,
        // A statement that the server refused has ended the transaction: the commit was a rollback.
        (Err(fault), _) if fault.is_said_by_the_server() => fault,
        (Ok(()), Err(fault)) if fault.is_said_by_the_server() => fault,
        (Err(fault), _) | (_, Err(fault)) => return Committed::Unknown(fault),
    };
    Committed::No(fault)
}

fn is_there(rows: &[SimpleQueryMessage], id: Uuid) -> bool {
    rows.iter().any(|message| match message {
        SimpleQueryMessage::Row(row) => row.get("id") == Some(id.to_string().as_str()),
        _ => false,
    })
}
