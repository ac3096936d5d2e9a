//! The newest rows of several ranges of indexes, merged by id.
//!
//! Each range is in the order of ids by itself. The entries that a page skips are passed in blocks,
//! as far as it is certain that all of a block is skipped; the rest is merged one by one. Entries
//! after the page are only counted. So a list reads as many entries of the index as it counts, for
//! any page, and returns only a few of them.

use std::collections::{BinaryHeap, VecDeque};

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::column::{count, signed};
use crate::fault::Result;

/// An id as it is stored; of two, the newer one is greater.
pub(crate) type Key = [u8; 16];

/// Greater than every id.
const BEYOND: [u8; 17] = [0xff; 17];

/// Ids that are first read of a range; each further piece is twice as long.
const PIECE: u64 = 4;
const PIECE_MAX: u64 = 1_024;

/// Entries that are skipped at one time.
const BLOCKS: [u64; 2] = [256, 32];

/// A part of an index that is in the order of ids.
#[derive(Clone, Debug)]
pub(crate) struct Range {
    pub(crate) statements: Statements,
    pub(crate) key: Vec<Value>,
}

/// The queries about a range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statements {
    /// Ids, newest first: the range's key, then an id to be older than, how many, and how many
    /// before.
    pub(crate) newest: &'static str,
    /// How many there are: the range's key, then an id to be older than, and how many to count.
    /// `None` where that is known without counting.
    pub(crate) older: Option<&'static str>,
}

/// Some of the newest, and how many there are in all.
#[derive(Debug)]
pub(crate) struct Newest {
    pub(crate) ids: Vec<Key>,
    /// Counted only as far as was asked.
    pub(crate) total: u64,
}

/// The newest ones after the `skip` newest; all of them are counted up to `count_max`.
pub(crate) fn newest(
    connection: &Connection,
    ranges: &[Range],
    skip: u64,
    take: u64,
    count_max: u64,
) -> Result<Newest> {
    let mut readers: Vec<Reader<'_>> =
        ranges.iter().map(|range| Reader::new(connection, range)).collect();
    let mut passed = 0;
    for block in BLOCKS {
        passed += pass_over(&mut readers, skip - passed, block)?;
    }
    let wanted = skip.saturating_add(take);
    let mut heads = BinaryHeap::with_capacity(readers.len());
    for (index, reader) in readers.iter_mut().enumerate() {
        heads.extend(reader.next(wanted - passed)?.map(|id| (id, index)));
    }
    let mut ids = Vec::new();
    while passed < wanted
        && let Some((id, index)) = heads.pop()
    {
        if passed >= skip {
            ids.push(id);
        }
        passed += 1;
        if let Some(reader) = readers.get_mut(index) {
            heads.extend(reader.next(wanted - passed)?.map(|id| (id, index)));
        }
    }
    let mut total = passed + heads.len() as u64;
    total += readers.iter().map(|reader| reader.read.len() as u64).sum::<u64>();
    for reader in readers.iter().filter(|reader| !reader.is_done) {
        if total >= count_max {
            break;
        }
        total += reader.count(count_max - total)?;
    }
    Ok(Newest { ids, total: total.min(count_max) })
}

/// Skips whole blocks that certainly lie among the `skip` newest; returns how many entries that
/// were. The block whose last entry is the newest goes first. Entries that are newer than that one
/// and not skipped are in the next block of another range, because that block ends later: less than
/// a block in each of them. These are left to be skipped one by one.
fn pass_over(readers: &mut [Reader<'_>], skip: u64, block: u64) -> Result<u64> {
    let certain = skip.saturating_sub(block * readers.len() as u64) / block;
    if certain == 0 {
        return Ok(0);
    }
    let mut ends = BinaryHeap::with_capacity(readers.len());
    for (index, reader) in readers.iter_mut().enumerate() {
        ends.extend(reader.block_end(block)?.map(|id| (id, index)));
    }
    let mut passed = 0;
    while passed < certain
        && let Some((end, index)) = ends.pop()
    {
        passed += 1;
        if let Some(reader) = readers.get_mut(index) {
            reader.older_than = end.to_vec();
            ends.extend(reader.block_end(block)?.map(|id| (id, index)));
        }
    }
    Ok(passed * block)
}

/// How far one range has been read.
struct Reader<'a> {
    connection: &'a Connection,
    range: &'a Range,
    read: VecDeque<Key>,
    older_than: Vec<u8>,
    piece: u64,
    /// There is nothing older than what has been read.
    is_done: bool,
}

impl<'a> Reader<'a> {
    fn new(connection: &'a Connection, range: &'a Range) -> Self {
        let older_than = BEYOND.to_vec();
        let read = VecDeque::new();
        Self { connection, range, read, older_than, piece: PIECE, is_done: false }
    }

    fn next(&mut self, wanted: u64) -> Result<Option<Key>> {
        if self.read.is_empty() && !self.is_done && wanted > 0 {
            let piece = self.piece.min(wanted);
            let mut read = std::mem::take(&mut self.read);
            self.ids(piece, 0, |id| read.push_back(id))?;
            self.is_done = (read.len() as u64) < piece;
            self.piece = (self.piece * 2).min(PIECE_MAX);
            if let Some(last) = read.back() {
                self.older_than = last.to_vec();
            }
            self.read = read;
        }
        Ok(self.read.pop_front())
    }

    /// The last entry of the next block, if there is a whole one.
    fn block_end(&self, block: u64) -> Result<Option<Key>> {
        let mut end = None;
        self.ids(1, block - 1, |id| end = Some(id))?;
        Ok(end)
    }

    fn ids(&self, limit: u64, offset: u64, mut found: impl FnMut(Key)) -> Result<()> {
        let bounds = [
            Value::Blob(self.older_than.clone()),
            Value::from(signed(limit)),
            Value::from(signed(offset)),
        ];
        let mut statement = self.connection.prepare_cached(self.range.statements.newest)?;
        let mut rows = statement.query(params_from_iter(self.range.key.iter().chain(&bounds)))?;
        while let Some(row) = rows.next()? {
            found(row.get(0)?);
        }
        Ok(())
    }

    /// How many entries are older than what has been read.
    fn count(&self, max: u64) -> Result<u64> {
        let Some(older) = self.range.statements.older else { return Ok(0) };
        let bounds = [Value::Blob(self.older_than.clone()), Value::from(signed(max))];
        let values = params_from_iter(self.range.key.iter().chain(&bounds));
        let mut statement = self.connection.prepare_cached(older)?;
        Ok(statement.query_row(values, |row| count(row, "total"))?)
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use store::contract::random::Random;

    use super::*;

    // In small letters: their plans are not checked.
    const STATEMENTS: Statements = Statements {
        newest: "select id from entries where range = ? and id < ? order by id desc limit ? offset ?",
        older: Some(
            "select count(*) as total from (select 1 from entries where range = ? and id < ? limit ?)",
        ),
    };

    #[test]
    fn every_page_is_what_a_sort_of_all_entries_gives() -> Result<()> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "CREATE TABLE entries (range INTEGER, id BLOB, PRIMARY KEY (range, id)) WITHOUT ROWID",
        )?;
        let mut random = Random::new(7);
        // Some long, some with a few, one empty; each in a time range of its own.
        let lengths = [3_000, 1_200, 700, 40, 3, 0];
        let mut all = Vec::new();
        for (range, length) in lengths.into_iter().enumerate() {
            for number in 0..length {
                let at = random.below(20_000) + 4_000 * range;
                let id = ((at as u128) << 64 | (range << 32 | number) as u128).to_be_bytes();
                connection
                    .prepare_cached("insert into entries values (?, ?)")?
                    .execute((range, id))?;
                all.push(id);
            }
        }
        all.sort_unstable_by_key(|id| Reverse(*id));
        let key = |range| vec![Value::from(signed(range))];
        let ranges =
            [0, 1, 2, 3, 4, 5].map(|range| Range { statements: STATEMENTS, key: key(range) });
        for _ in 0..300 {
            let (skip, take) = (random.below(6_000), 1 + random.below(120));
            let count_max = random.below(7_000);
            let page: Vec<Key> = all.iter().skip(skip).take(take).copied().collect();
            let total = count_max.min(all.len()) as u64;
            let found = newest(&connection, &ranges, skip as u64, take as u64, count_max as u64)?;
            assert_eq!(found.ids, page, "{take} behind {skip}");
            assert_eq!(found.total, total, "{take} behind {skip}");
        }
        assert!(newest(&connection, &[], 500, 20, 10)?.ids.is_empty());
        Ok(())
    }
}
