//! The auditor's end of the chain of groups: each committed group continues the one before, and is
//! sent as its row has it.

use rusqlite::Connection;
use store::{CommittedGroup, GroupHead, GroupId, GroupNumber};

use crate::fault::{Checked, ensure};

#[derive(Debug, Default)]
pub(crate) struct Chain(GroupHead);

/// A row of `groups`, read by none of the driver's code.
#[derive(Debug, PartialEq, Eq)]
struct GroupRow {
    number: u64,
    last_place: u64,
    id: [u8; 16],
    id_before: [u8; 16],
}

impl Chain {
    /// A group was committed (`None`: there was nothing to send), or has failed.
    pub(crate) fn group(
        &mut self,
        connection: &Connection,
        told: Option<&CommittedGroup>,
    ) -> Checked {
        let rows = rows_behind(connection, self.0.number)?;
        let expected: Vec<_> = told.iter().map(|group| GroupRow::of(group)).collect();
        ensure(rows == expected, || format!("the chain goes on with {rows:?}, not {expected:?}"))?;
        if let Some(group) = told {
            ensure(group.continues(&self.0), || format!("{group:?} follows {:?}", self.0))?;
            self.0 = group.head();
        }
        Ok(())
    }

    /// The process has died and started again: the chain ends where it ended.
    pub(crate) fn restarted(&self, connection: &Connection) -> Checked {
        let rows =
            rows_behind(connection, GroupNumber::new(self.0.number.get().saturating_sub(1)))?;
        let newest = rows.last().map_or(self.0, |row| GroupHead {
            number: GroupNumber::new(row.number),
            id: GroupId(row.id),
            last_place: row.last_place,
        });
        ensure(newest == self.0, || format!("the chain ended at {:?}, now at {newest:?}", self.0))
    }
}

impl GroupRow {
    fn of(group: &CommittedGroup) -> Self {
        let CommittedGroup { number, id, id_before, last_place, .. } = group;
        let (number, last_place) = (number.get(), *last_place);
        Self { number, last_place, id: id.0, id_before: id_before.0 }
    }
}

fn rows_behind(connection: &Connection, after: GroupNumber) -> Checked<Vec<GroupRow>> {
    let sql = "SELECT number, last_place, id, id_before FROM groups WHERE number > ? \
               ORDER BY number";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([after.get().cast_signed()], |row| {
        let [number, last_place] = [row.get::<_, i64>(0)?, row.get(1)?].map(i64::cast_unsigned);
        Ok(GroupRow { number, last_place, id: row.get(2)?, id_before: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
