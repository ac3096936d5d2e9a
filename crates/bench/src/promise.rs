//! Seatwire's promises about speed and size, and whether one run keeps them.

use std::fmt::Write as _;

use serde::Serialize;

use crate::figure::{Figure, Row, Unit};
use crate::which::Which;

enum Reach {
    AtMost(f64),
    AtLeast(f64),
    Between(f64, f64),
}

struct Promise {
    what: &'static str,
    unit: Unit,
    reach: Reach,
    measured: fn(Found<'_>) -> Option<f64>,
}

/// A promise and what one run found.
#[derive(Debug, Serialize)]
pub(crate) struct Kept {
    what: &'static str,
    reach: String,
    measured: f64,
    shown: String,
    is_kept: bool,
}

const PROMISES: [Promise; 27] = [
    Promise {
        what: "memory of the whole server with 10,000 viewers",
        unit: Unit::Mib,
        reach: Reach::AtMost(26.0),
        measured: |found| found.ours("viewers", "10,000"),
    },
    Promise {
        what: "memory of each viewer, 1,000 to 19,000",
        unit: Unit::Kib,
        reach: Reach::AtMost(1.1),
        measured: |found| found.ours("viewers", "each"),
    },
    Promise {
        what: "memory of each viewer over TLS",
        unit: Unit::Kib,
        reach: Reach::AtMost(8.0),
        measured: |found| found.ours("viewers tls", "each"),
    },
    Promise {
        what: "memory of each viewer over SSE",
        unit: Unit::Kib,
        reach: Reach::AtMost(6.0),
        measured: |found| found.ours("viewers sse", "each"),
    },
    Promise {
        what: "memory of each viewer with a poll pending",
        unit: Unit::Kib,
        reach: Reach::AtMost(16.0),
        measured: |found| found.ours("viewers polling", "each"),
    },
    Promise {
        what: "memory after bursts of 50 events to all, of that before",
        unit: Unit::Times,
        reach: Reach::Between(0.9, 1.1),
        measured: |found| found.ours("burst", "after / before"),
    },
    Promise {
        what: "one event, the last of 10,000 viewers, of the floor's time",
        unit: Unit::Times,
        reach: Reach::AtMost(1.1),
        measured: |found| found.of_floor("fanout", "last"),
    },
    Promise {
        what: "an event in each of 100 rooms, the last of 10,000, of the floor's time",
        unit: Unit::Times,
        reach: Reach::AtMost(1.2),
        measured: |found| found.of_floor("fanout rooms", "last"),
    },
    Promise {
        what: "deliveries a second in a burst, of the fastest Socket.IO server's",
        unit: Unit::Times,
        reach: Reach::AtLeast(5.0),
        measured: |found| Some(found.ours("burst", "deliveries")? / found.best_burst()?),
    },
    Promise {
        what: "the same, of Bun's own publish",
        unit: Unit::Times,
        reach: Reach::AtLeast(1.5),
        measured: |found| found.ours_of("burst", "deliveries", Which::Bun),
    },
    Promise {
        what: "the time of a burst, of the batched floor's",
        unit: Unit::Times,
        reach: Reach::AtMost(1.3),
        measured: |found| found.ours_of("burst", "last", Which::FloorBatched),
    },
    Promise {
        what: "10,000 viewers connect and subscribe",
        unit: Unit::Millis,
        reach: Reach::AtMost(1_000.0),
        measured: |found| found.ours("storm", "all there"),
    },
    Promise {
        what: "each of them, p99",
        unit: Unit::Millis,
        reach: Reach::AtMost(100.0),
        measured: |found| found.ours("storm", "each, p99"),
    },
    Promise {
        what: "killed and started again, all 10,000 viewers back and at the head",
        unit: Unit::Millis,
        reach: Reach::AtMost(1_500.0),
        measured: |found| found.ours("restart", "all back"),
    },
    Promise {
        what: "events that a viewer missed or saw twice meanwhile",
        unit: Unit::Count,
        reach: Reach::AtMost(0.0),
        measured: |found| {
            Some(found.ours("restart", "missed")? + found.ours("restart", "doubled")?)
        },
    },
    Promise {
        what: "1,000 events/s to 10,000 viewers, p99 at most, of that of a floor that stores nothing",
        unit: Unit::Times,
        reach: Reach::AtMost(2.0),
        measured: |found| found.of_floor("steady", "p99 at most"),
    },
    Promise {
        what: "durable bookings by 64 clients",
        unit: Unit::PerSecond,
        reach: Reach::AtLeast(10_000.0),
        measured: |found| found.ours("book", "bookings"),
    },
    Promise {
        what: "the same, of bare SQLite with the same rows",
        unit: Unit::Times,
        reach: Reach::AtLeast(0.6),
        measured: |found| found.ours("book", "of bare SQLite"),
    },
    Promise {
        what: "a booking of four passengers, of the time of one passenger's",
        unit: Unit::Times,
        reach: Reach::AtMost(2.0),
        measured: |found| found.ours("book groups", "cost of one passenger's"),
    },
    Promise {
        what: "use of a core by 10,000 idle viewers, between heartbeats",
        unit: Unit::Percent,
        reach: Reach::AtMost(2.0),
        measured: |found| found.ours("idle", "between heartbeats"),
    },
    Promise {
        what: "p99 of viewers beside as many who do not read, of that without them",
        unit: Unit::Times,
        reach: Reach::AtMost(1.25),
        measured: |found| found.ours("slow", "with / without"),
    },
    Promise {
        what: "memory of each viewer who does not read while 5,000 events pass",
        unit: Unit::Kib,
        reach: Reach::AtMost(32.0),
        measured: |found| found.ours("slow", "memory of each"),
    },
    Promise {
        what: "events that they missed or saw twice, and wrong maps, once awake or back",
        unit: Unit::Count,
        reach: Reach::AtMost(0.0),
        measured: |found| {
            let faults = ["missed", "doubled", "wrong maps"];
            faults.into_iter().map(|fault| found.ours("slow", fault)).sum()
        },
    },
    Promise {
        what: "a departure with 15,000 viewers and 2,000 buyers opens: sold out",
        unit: Unit::Millis,
        reach: Reach::AtMost(1_000.0),
        measured: |found| found.ours("opening", "sold out"),
    },
    Promise {
        what: "seats sold twice then, failed requests, missed events, wrong maps",
        unit: Unit::Count,
        reach: Reach::AtMost(0.0),
        measured: |found| {
            let faults = ["sold twice", "failed", "missed", "doubled", "wrong maps"];
            faults.into_iter().map(|fault| found.ours("opening", fault)).sum()
        },
    },
    Promise {
        what: "p99 of the viewers of other departures meanwhile, of that before",
        unit: Unit::Times,
        reach: Reach::AtMost(2.0),
        measured: |found| found.ours("opening", "meanwhile / before"),
    },
    Promise {
        what: "memory after 20,000 visits, of that of the warm server",
        unit: Unit::Times,
        reach: Reach::Between(0.9, 1.1),
        measured: |found| found.ours("soak", "end / warm"),
    },
];

/// The rows of one run, for look-ups of single figures.
#[derive(Clone, Copy)]
struct Found<'a>(&'a [Row]);

impl Found<'_> {
    fn of(self, which: Which, command: &str, figure: &str) -> Option<f64> {
        let mut rows = self.0.iter().filter(|row| row.command == command);
        rows.find(|row| row.server == which.name())?.get(figure)
    }

    fn ours(self, command: &str, figure: &str) -> Option<f64> {
        self.of(Which::Seatwire, command, figure)
    }

    fn ours_of(self, command: &str, figure: &str, other: Which) -> Option<f64> {
        Some(self.ours(command, figure)? / self.of(other, command, figure)?)
    }

    fn of_floor(self, command: &str, figure: &str) -> Option<f64> {
        self.ours_of(command, figure, Which::Floor)
    }

    fn best_burst(self) -> Option<f64> {
        let peers = Which::SOCKETIOXIDE.into_iter().chain(Which::SOCKET_IO);
        let peers = peers.chain([Which::BunSocketIo]);
        peers.filter_map(|which| self.of(which, "burst", "deliveries")).reduce(f64::max)
    }
}

/// The promises that these rows have figures for.
pub(crate) fn check(rows: &[Row]) -> Vec<Kept> {
    let judge = |promise: &Promise| {
        let measured = (promise.measured)(Found(rows))?;
        let shown = |value: f64| Figure { name: promise.what, value, unit: promise.unit }.shown();
        let (reach, is_kept) = match promise.reach {
            Reach::AtMost(most) => (format!("≤ {}", shown(most)), measured <= most),
            Reach::AtLeast(least) => (format!("≥ {}", shown(least)), measured >= least),
            Reach::Between(least, most) => {
                (format!("{} to {}", shown(least), shown(most)), (least..=most).contains(&measured))
            }
        };
        Some(Kept { what: promise.what, reach, measured, shown: shown(measured), is_kept })
    };
    PROMISES.iter().filter_map(judge).collect()
}

/// The promises as a markdown table.
pub(crate) fn table(promises: &[Kept]) -> String {
    let mut text = "| | reach | measured | |\n|---|---|---|---|\n".to_owned();
    for Kept { what, reach, shown, is_kept, .. } in promises {
        let verdict = if *is_kept { "reached" } else { "**missed**" };
        // Writing to a string does not fail.
        let _ = writeln!(text, "| {what} | {reach} | {shown} | {verdict} |");
    }
    text
}

/// The figures of all servers as ratios to Seatwire: above 1 is more, below is less. `None` when
/// there is no other server.
pub(crate) fn ratios(rows: &[Row]) -> Option<String> {
    const COLUMNS: [(&str, &str, &str); 5] = [
        ("memory, 10,000 viewers", "viewers", "10,000"),
        ("last of 10,000", "fanout", "last"),
        ("last, 100 rooms", "fanout rooms", "last"),
        ("burst, deliveries/s", "burst", "deliveries"),
        ("storm, all there", "storm", "all there"),
    ];
    let found = Found(rows);
    let heads: Vec<&str> = COLUMNS.iter().map(|(head, ..)| *head).collect();
    let mut text = format!("| | {} |\n|---|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    let mut servers = 0;
    for which in Which::ALL {
        let ratio = |&(_, command, figure): &(&str, &str, &str)| {
            let ratio = found.of(which, command, figure)? / found.ours(command, figure)?;
            Some(format!("{ratio:.2} ×"))
        };
        let cells: Vec<Option<String>> = COLUMNS.iter().map(ratio).collect();
        if cells.iter().any(Option::is_some) {
            servers += 1;
            let cells: Vec<String> = cells.into_iter().map(Option::unwrap_or_default).collect();
            let _ = writeln!(text, "| {} | {} |", which.name(), cells.join(" | "));
        }
    }
    (servers > 1).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::{check, ratios, table};
    use crate::figure::{Row, Unit};

    fn row(command: &'static str, server: &'static str, name: &'static str, value: f64) -> Row {
        let mut row = Row::new(command, server);
        row.add(name, value, Unit::Millis);
        row
    }

    #[test]
    fn a_promise_is_judged_by_what_was_found() {
        let rows = [
            row("fanout", "floor", "last", 100.0),
            row("fanout", "Seatwire", "last", 130.0),
            row("steady", "floor", "p99 at most", 2.0),
            row("steady", "Seatwire", "p99 at most", 3.5),
            row("burst", "Seatwire", "deliveries", 900.0),
            row("burst", "socket.io", "deliveries", 50.0),
            row("burst", "socketioxide", "deliveries", 100.0),
        ];
        assert_eq!(
            table(&check(&rows)),
            "| | reach | measured | |\n|---|---|---|---|\n\
             | one event, the last of 10,000 viewers, of the floor's time | ≤ 1.10 × | 1.30 × | **missed** |\n\
             | deliveries a second in a burst, of the fastest Socket.IO server's | ≥ 5.00 × | 9.00 × | reached |\n\
             | 1,000 events/s to 10,000 viewers, p99 at most, of that of a floor that stores nothing \
             | ≤ 2.00 × | 1.75 × | reached |\n"
        );
    }

    #[test]
    fn ratios_leave_out_who_was_not_asked() {
        let rows = [row("fanout", "floor", "last", 50.0), row("fanout", "Seatwire", "last", 100.0)];
        let table = ratios(&rows).unwrap();
        let lines: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(lines, ["| floor |  | 0.50 × |  |  |  |", "| Seatwire |  | 1.00 × |  |  |  |"]);
        assert_eq!(ratios(&rows[1..]), None);
    }
}
