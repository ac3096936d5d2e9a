//! Enters the events of a commit into the ledger; each must be possible.

use domain::EventKind;

use super::Ledger;
use super::sheet::Sheet;
use crate::cells::Cells;
use crate::fault::{Checked, Fault, ensure};
use crate::rows::Row;

impl Ledger {
    /// Notes the events of one commit, each of which must be possible.
    pub(crate) fn enter(&mut self, step: u64, events: Vec<Row>) -> Checked {
        self.step = step;
        for event in events {
            let said = format!("{event:?}");
            self.enter_one(event).map_err(|fault| Fault(format!("{fault}: {said}")))?;
        }
        let settled = self.sheets.iter_mut().try_for_each(Sheet::must_be_settled);
        settled.map_err(|fault| Fault(format!("a commit ends {fault}")))
    }

    fn enter_one(&mut self, row: Row) -> Checked {
        let next = self.position + 1;
        ensure(row.position() == next, || format!("it does not take the next place, {next}"))?;
        self.position = row.position();
        self.rows.push(row.clone());
        let event = match &row {
            Row::Seat(event) => event.clone(),
            Row::Change(change) => {
                return self.sheets[change.route].change(row, self.step);
            }
        };
        self.sheets[event.route].order.push(row, self.step)?;
        self.check_time(&event)?;
        self.follow(&event)?;
        let sheet = &mut self.sheets[event.route];
        let mut map = sheet.maps.last().cloned().unwrap_or_else(Cells::empty);
        map.apply(event.kind, event.place, event.gender);
        sheet.maps.push(map);
        if matches!(event.kind, EventKind::Reserved | EventKind::Confirmed) {
            self.seats_of.insert((event.ticket, event.place.seat));
        }
        *self.told.entry((event.ticket, event.kind, event.reason)).or_default() += 1;
        Ok(())
    }
}
