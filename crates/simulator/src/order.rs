//! Everything that happened on one route, in its order: the seats' events, which the seq counts,
//! and the route's own changes between them.

use domain::RouteChange;

use crate::fault::{Checked, Fault, ensure};
use crate::rows::{ChangeRow, EventRow, Row};

#[derive(Debug)]
pub(crate) struct Order {
    rows: Vec<Row>,
    /// The index of each seat event's row.
    seats: Vec<usize>,
    /// Whether the route was on sale after each row, and before the first; and since which step.
    on_sale: Vec<(bool, u64)>,
}

impl Order {
    pub(crate) fn new() -> Self {
        Self { rows: Vec::new(), seats: Vec::new(), on_sale: vec![(true, 0)] }
    }

    /// The number of the newest seat event.
    pub(crate) fn head(&self) -> u64 {
        self.seats.len() as u64
    }

    /// The number of the newest event of any kind.
    pub(crate) fn end(&self) -> u64 {
        self.rows.len() as u64
    }

    pub(crate) fn is_on_sale(&self) -> bool {
        self.on_sale.last().is_some_and(|(is_on_sale, _)| *is_on_sale)
    }

    /// Adds a row that was committed in this step. It must be the next one, and must change
    /// something.
    pub(crate) fn push(&mut self, row: Row, step: u64) -> Checked {
        ensure(row.ordinal() == self.end() + 1, || "a hole before it".to_owned())?;
        let is_on_sale = match &row {
            Row::Seat(event) => {
                ensure(event.seq == self.head() + 1, || "a seat event before it".to_owned())?;
                self.seats.push(self.rows.len());
                self.is_on_sale()
            }
            Row::Change(change) => {
                ensure(change.seq == self.head(), || "not behind the last sale".to_owned())?;
                match change.change {
                    RouteChange::Active | RouteChange::Inactive => {
                        let becomes = change.change == RouteChange::Active;
                        ensure(becomes != self.is_on_sale(), || "it was so before".to_owned())?;
                        becomes
                    }
                    // Another neighbour rule: no bus is exchanged here.
                    RouteChange::Bus => self.is_on_sale(),
                    RouteChange::Delayed | RouteChange::Deleted => {
                        return Err(Fault("that was never asked for".to_owned()));
                    }
                }
            }
        };
        self.rows.push(row);
        self.on_sale.push((is_on_sale, step));
        Ok(())
    }

    pub(crate) fn seat(&self, seq: u64) -> Option<&EventRow> {
        let index = usize::try_from(seq.checked_sub(1)?).ok()?;
        match self.rows.get(*self.seats.get(index)?)? {
            Row::Seat(event) => Some(event),
            Row::Change(_) => None,
        }
    }

    pub(crate) fn change(&self, ordinal: u64) -> Option<&ChangeRow> {
        match self.row(ordinal)? {
            Row::Change(change) => Some(change),
            Row::Seat(_) => None,
        }
    }

    /// The seq behind the event with this ordinal.
    pub(crate) fn seq_of(&self, ordinal: u64) -> Option<u64> {
        if ordinal == 0 { Some(0) } else { self.row(ordinal).map(Row::seq) }
    }

    /// The ordinal of the seat event with this number.
    pub(crate) fn ordinal_of(&self, seq: u64) -> Option<u64> {
        if seq == 0 { Some(0) } else { self.seat(seq).map(|event| event.ordinal) }
    }

    pub(crate) fn was_on_sale(&self, ordinal: u64) -> Option<bool> {
        self.on_sale.get(usize::try_from(ordinal).ok()?).map(|(is_on_sale, _)| *is_on_sale)
    }

    /// Whether it was so at any time since that step.
    pub(crate) fn was_ever(&self, is_on_sale: bool, since: u64) -> bool {
        let from = self.on_sale.partition_point(|(_, step)| *step < since).saturating_sub(1);
        self.on_sale[from..].iter().any(|(was, _)| *was == is_on_sale)
    }

    fn row(&self, ordinal: u64) -> Option<&Row> {
        self.rows.get(usize::try_from(ordinal.checked_sub(1)?).ok()?)
    }
}
