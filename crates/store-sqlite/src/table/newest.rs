//! The newest tickets of several ranges of one index, merged by id.
//!
//! Each range is in the order of ids by itself, so a page costs what it skips and shows, and not what
//! the ranges hold. Ranges are read in small pieces: most of them give a page nothing.

use std::collections::{BinaryHeap, VecDeque};

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::column::signed;
use crate::fault::Result;

/// A ticket's id as it is stored; of two, the newer one is greater.
pub(crate) type TicketKey = [u8; 16];

/// Greater than every id.
const BEYOND: [u8; 17] = [0xff; 17];

/// Ids that are first read of a range; each further piece is twice as long.
const PIECE: u64 = 16;
const PIECE_MAX: u64 = 1_024;

/// Ranges that one statement reads.
#[derive(Debug)]
pub(crate) struct Ranges {
    /// Ids of one range, newest first: its key, then an id to be older than, then how many.
    pub(crate) newest: &'static str,
    pub(crate) keys: Vec<Vec<Value>>,
}

impl Ranges {
    /// The newest ones, but for the `skip` newest.
    pub(crate) fn newest(
        &self,
        connection: &Connection,
        skip: u64,
        take: u64,
    ) -> Result<Vec<TicketKey>> {
        let mut readers: Vec<Reader<'_>> = self.keys.iter().map(|key| Reader::new(key)).collect();
        let wanted = skip.saturating_add(take);
        let mut heads = BinaryHeap::with_capacity(readers.len());
        for (index, reader) in readers.iter_mut().enumerate() {
            heads.extend(reader.next(connection, self.newest, wanted)?.map(|id| (id, index)));
        }
        let (mut found, mut passed) = (Vec::new(), 0);
        while passed < wanted
            && let Some((id, index)) = heads.pop()
        {
            if passed >= skip {
                found.push(id);
            }
            passed += 1;
            if let Some(reader) = readers.get_mut(index) {
                let next = reader.next(connection, self.newest, wanted - passed)?;
                heads.extend(next.map(|id| (id, index)));
            }
        }
        Ok(found)
    }
}

/// How far one range has been read.
struct Reader<'a> {
    key: &'a [Value],
    read: VecDeque<TicketKey>,
    older_than: Vec<u8>,
    piece: u64,
    is_done: bool,
}

impl<'a> Reader<'a> {
    fn new(key: &'a [Value]) -> Self {
        let older_than = BEYOND.to_vec();
        Self { key, read: VecDeque::new(), older_than, piece: PIECE, is_done: false }
    }

    fn next(
        &mut self,
        connection: &Connection,
        newest: &str,
        wanted: u64,
    ) -> Result<Option<TicketKey>> {
        if self.read.is_empty() && !self.is_done && wanted > 0 {
            let piece = self.piece.min(wanted);
            let bounds = [Value::Blob(self.older_than.clone()), Value::from(signed(piece))];
            self.read = connection
                .prepare_cached(newest)?
                .query_map(params_from_iter(self.key.iter().chain(&bounds)), |row| row.get("id"))?
                .collect::<rusqlite::Result<_>>()?;
            self.is_done = (self.read.len() as u64) < piece;
            self.piece = (self.piece * 2).min(PIECE_MAX);
            if let Some(last) = self.read.back() {
                self.older_than = last.to_vec();
            }
        }
        Ok(self.read.pop_front())
    }
}
