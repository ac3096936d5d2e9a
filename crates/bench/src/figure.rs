//! What a run found: figures with units, as a table for people and as JSON for programs.

use std::time::Duration;

use serde::Serialize;

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) enum Unit {
    #[serde(rename = "ms")]
    Millis,
    #[serde(rename = "MiB")]
    Mib,
    #[serde(rename = "KiB")]
    Kib,
    #[serde(rename = "1/s")]
    PerSecond,
    #[serde(rename = "%")]
    Percent,
    #[serde(rename = "")]
    Count,
    #[serde(rename = "×")]
    Times,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: Unit,
}

/// What one command found about one server.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) command: &'static str,
    pub(crate) server: &'static str,
    pub(crate) figures: Vec<Figure>,
}

impl Row {
    pub(crate) fn new(command: &'static str, server: &'static str) -> Self {
        Self { command, server, figures: Vec::new() }
    }

    pub(crate) fn add(&mut self, name: &'static str, value: f64, unit: Unit) {
        self.figures.push(Figure { name, value, unit });
    }

    pub(crate) fn time(&mut self, name: &'static str, time: Duration) {
        self.add(name, time.as_secs_f64() * 1_000.0, Unit::Millis);
    }

    pub(crate) fn memory(&mut self, name: &'static str, kib: u32) {
        self.add(name, f64::from(kib) / 1_024.0, Unit::Mib);
    }

    pub(crate) fn count(&mut self, name: &'static str, count: usize) {
        self.add(name, float(count), Unit::Count);
    }

    pub(crate) fn get(&self, name: &str) -> Option<f64> {
        self.figures.iter().find(|figure| figure.name == name).map(|figure| figure.value)
    }
}

/// Counts here are far below where a float loses units.
pub(crate) fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// The element below which this share of sorted values lies; the last for 1.0, zero of none.
pub(crate) fn at(sorted: &[Duration], share: f64) -> Duration {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0..=len")]
    let index = (float(sorted.len()) * share.clamp(0.0, 1.0)).ceil() as usize;
    sorted.get(index.saturating_sub(1)).copied().unwrap_or_default()
}

impl Figure {
    pub(crate) fn shown(&self) -> String {
        let digits = match self.unit {
            Unit::Count => 0,
            Unit::PerSecond => return format!("{} /s", thousands(self.value)),
            Unit::Times | Unit::Kib | Unit::Percent => 2,
            Unit::Millis | Unit::Mib => 1,
        };
        let unit = match self.unit {
            Unit::Millis => " ms",
            Unit::Mib => " MiB",
            Unit::Kib => " KiB",
            Unit::Percent => " %",
            Unit::Times => " ×",
            Unit::PerSecond | Unit::Count => "",
        };
        if digits == 0 { thousands(self.value) } else { format!("{:.digits$}{unit}", self.value) }
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A table for each command, in the order in which they came.
pub(crate) fn tables(rows: &[Row]) -> String {
    rows.chunk_by(|one, next| one.command == next.command)
        .map(|rows| {
            format!("### {}\n\n{}\n", rows.first().map_or("", |row| row.command), table(rows))
        })
        .collect()
}

/// A markdown table of rows of one command: a server a line, a figure a column.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut columns: Vec<&str> = Vec::new();
    for figure in rows.iter().flat_map(|row| &row.figures) {
        if !columns.contains(&figure.name) {
            columns.push(figure.name);
        }
    }
    let mut text =
        format!("| | {} |\n|---|{}\n", columns.join(" | "), "---|".repeat(columns.len()));
    for row in rows {
        let cell = |column: &&str| {
            let figure = row.figures.iter().find(|figure| figure.name == *column);
            figure.map_or_else(String::new, Figure::shown)
        };
        let cells: Vec<String> = columns.iter().map(cell).collect();
        text.push_str(&format!("| {} | {} |\n", row.server, cells.join(" | ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Row, Unit, at, table};

    #[test]
    fn percentiles_name_elements() {
        let sorted: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        let millis = |share| at(&sorted, share).as_millis();
        assert_eq!([millis(0.0), millis(0.5), millis(0.99), millis(1.0)], [1, 100, 198, 200]);
        assert_eq!(at(&[], 0.5), Duration::ZERO);
    }

    #[test]
    fn a_table_has_a_line_for_each_server_and_a_gap_for_what_it_lacks() {
        let mut first = Row::new("burst", "floor");
        first.add("per second", 1_234_567.0, Unit::PerSecond);
        let mut second = Row::new("burst", "Seatwire");
        second.time("last", Duration::from_micros(1_250));
        assert_eq!(
            table(&[first, second]),
            "| | per second | last |\n|---|---|---|\n| floor | 1,234,567 /s |  |\n\
             | Seatwire |  | 1.2 ms |\n"
        );
    }
}
