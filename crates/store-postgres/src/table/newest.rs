//! The newest tickets of several ranges of one index, merged by id.
//!
//! Each range is in the order of ids by itself. All of them are read a piece at a time, in one
//! statement; ids older than the last one read of an unfinished range are not known to be in order
//! yet. Pieces grow, so a page costs a few statements and some entries more than it skips.

use domain::TicketId;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::column::{count, id, signed};
use crate::db::Db;
use crate::fault::Result;

/// The least ids that are first read of a range; each further piece is twice as long.
const PIECE_MIN: u64 = 4;
const PIECE_MAX: u64 = 4_096;

/// The queries about ranges that differ in their key and their facet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement {
    /// Gives `place` and `id`, of each range newest first: two parts of the keys, facets and the
    /// ids to be older than, as arrays, then how many of each. The places count the ranges from 1.
    pub(crate) newest: &'static str,
}

/// A part of an index that is in the order of ids.
#[derive(Clone, Debug)]
pub(crate) struct Range {
    pub(crate) key: (String, String),
    pub(crate) facet: i16,
}

/// How far a range has been read.
struct Reader {
    range: Range,
    older_than: Uuid,
    /// There is nothing older than what has been read.
    is_done: bool,
}

/// The `take` newest ones after the `skip` newest.
pub(crate) async fn newest(
    db: Db<'_>,
    statement: Statement,
    ranges: Vec<Range>,
    skip: u64,
    take: u64,
) -> Result<Vec<TicketId>> {
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let (skip, wanted) = (size(skip), size(skip.saturating_add(take)));
    let unread = |range| Reader { range, older_than: Uuid::max(), is_done: false };
    let mut readers: Vec<Reader> = ranges.into_iter().map(unread).collect();
    let share = wanted.div_ceil(readers.len().max(1)) as u64;
    let mut piece = share.clamp(PIECE_MIN, PIECE_MAX);
    let mut found: Vec<Uuid> = Vec::new();
    loop {
        found.sort_unstable_by(|a, b| b.cmp(a));
        // Older ones cannot be among those that are wanted.
        let oldest_wanted = wanted.checked_sub(1).and_then(|last| found.get(last)).copied();
        let matters = |reader: &Reader| {
            !reader.is_done && oldest_wanted.is_none_or(|oldest| reader.older_than > oldest)
        };
        let open: Vec<usize> =
            (0..readers.len()).filter(|index| readers.get(*index).is_some_and(matters)).collect();
        if wanted == 0 || open.is_empty() {
            break;
        }
        read_on(db, statement, &mut readers, &open, piece, &mut found).await?;
        piece = (piece * 2).min(PIECE_MAX);
    }
    Ok(found.into_iter().skip(skip).take(size(take)).map(TicketId).collect())
}

/// One piece of each open range.
async fn read_on(
    db: Db<'_>,
    statement: Statement,
    readers: &mut [Reader],
    open: &[usize],
    piece: u64,
    found: &mut Vec<Uuid>,
) -> Result<()> {
    let of = |index: &usize| readers.get(*index);
    let open_readers: Vec<&Reader> = open.iter().filter_map(of).collect();
    let keys = |part: fn(&Range) -> &str| -> Vec<String> {
        open_readers.iter().map(|reader| part(&reader.range).to_owned()).collect()
    };
    let (first, second) = (keys(|range| &range.key.0), keys(|range| &range.key.1));
    let facets: Vec<i16> = open_readers.iter().map(|reader| reader.range.facet).collect();
    let older: Vec<Uuid> = open_readers.iter().map(|reader| reader.older_than).collect();
    let limit = signed(piece);
    let values: [&(dyn ToSql + Sync); 5] = [&first, &second, &facets, &older, &limit];
    let mut read = vec![0_u64; open.len()];
    for row in &db.rows(statement.newest, &values).await? {
        let (place, ticket): (usize, Uuid) = entry(row)?;
        let Some(index) = place.checked_sub(1) else { continue };
        let (Some(read), Some(reader)) =
            (read.get_mut(index), open.get(index).and_then(|index| readers.get_mut(*index)))
        else {
            continue;
        };
        *read += 1;
        reader.older_than = reader.older_than.min(ticket);
        found.push(ticket);
    }
    for (index, read) in open.iter().zip(read) {
        if let Some(reader) = readers.get_mut(*index) {
            reader.is_done = read < piece;
        }
    }
    Ok(())
}

fn entry(row: &Row) -> Result<(usize, Uuid)> {
    let place = usize::try_from(count(row, "place")?).unwrap_or(usize::MAX);
    Ok((place, id(row, "id")?))
}
