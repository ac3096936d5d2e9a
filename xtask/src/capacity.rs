//! How many cores, how much memory and how many databases a number of viewers needs, computed from
//! measured figures. `docs/scaling.md` shows the table and explains each figure.

use crate::console;

/// Memory of an idle viewer in the server (`bench viewers`).
const VIEWER_KIB: f64 = 1.37;
/// The same when the server itself speaks TLS.
const VIEWER_TLS_KIB: f64 = 9.01;
/// The kernel's memory for an idle socket that is watched: 3.7 to 4.0 were measured.
const KERNEL_KIB: f64 = 4.0;
/// A core's time for one event to one viewer, one at a time (`bench steady`).
const DELIVERY_MICROS: f64 = 12.7;
/// The same where many events leave in one call (`bench burst`).
const BURST_DELIVERY_MICROS: f64 = 0.25;
/// A core's time for a write through HTTP (`bench book`).
const WRITE_MICROS: f64 = 150.0;
/// Writes a second that one clock takes: the lowest of what groups of 64 did without HTTP.
const CLOCK_WRITES: f64 = 6_000.0;
/// An event among nodes.
const EVENT_KB: f64 = 0.4;

/// The planned use of cores and of the clock: the rest is for peaks and for a node that is down.
const USED: f64 = 0.5;
/// The most viewers of one node, so that after its end they are connected again in seconds.
const NODE_VIEWERS_MAX: f64 = 50_000.0;
const NODE_CORES: f64 = 4.0;
/// With more nodes, the others' events would be more work than their own viewers.
const CLUSTER_NODES_MAX: f64 = 50.0;

struct Plan {
    name: &'static str,
    viewers: f64,
    departures: f64,
    bookings_per_second: f64,
    delivery_micros: f64,
}

const PLANS: [Plan; 4] = [
    Plan {
        name: "100 thousand, an ordinary evening",
        viewers: 1e5,
        departures: 1_000.0,
        bookings_per_second: 100.0,
        delivery_micros: DELIVERY_MICROS,
    },
    Plan {
        name: "1 million, an ordinary evening",
        viewers: 1e6,
        departures: 5_000.0,
        bookings_per_second: 500.0,
        delivery_micros: DELIVERY_MICROS,
    },
    Plan {
        name: "1 million, a holiday's opening",
        viewers: 1e6,
        departures: 200.0,
        bookings_per_second: 5_000.0,
        delivery_micros: BURST_DELIVERY_MICROS,
    },
    Plan {
        name: "10 million, an ordinary evening",
        viewers: 1e7,
        departures: 20_000.0,
        bookings_per_second: 3_000.0,
        delivery_micros: DELIVERY_MICROS,
    },
];

/// A booking makes an event when it is made and when it is paid, by a request each.
const EVENTS_PER_BOOKING: f64 = 2.0;
const REQUESTS_PER_BOOKING: f64 = 2.0;
/// It is made, its payment is begun, and settled when the provider has answered.
const WRITES_PER_BOOKING: f64 = 3.0;

/// A Markdown table.
pub(crate) fn table() -> String {
    let mut table = String::from(
        "| viewers | bookings/s | deliveries/s | memory | the same, TLS in the servers | cores | nodes | databases | between nodes |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for plan in &PLANS {
        let events = plan.bookings_per_second * EVENTS_PER_BOOKING;
        let deliveries = events * plan.viewers / plan.departures;
        let requests = plan.bookings_per_second * REQUESTS_PER_BOOKING;
        let busy = deliveries * plan.delivery_micros + requests * WRITE_MICROS;
        let cores = (busy / 1e6 / USED).ceil();
        let nodes = (plan.viewers / NODE_VIEWERS_MAX).max(cores / NODE_CORES).ceil().max(2.0);
        let writes = plan.bookings_per_second * WRITES_PER_BOOKING;
        let clocks = writes / (CLOCK_WRITES * USED);
        let databases = clocks.max(nodes / CLUSTER_NODES_MAX).ceil();
        // Every node of a database gets all of it.
        let megabytes = events / databases * EVENT_KB * (nodes / databases).ceil() / 1e3;
        let gib = |kib: f64| plan.viewers * (kib + KERNEL_KIB) / 1024.0 / 1024.0;
        table.push_str(&format!(
            "| {} | {} | {} | {:.1} GiB | {:.1} GiB | {cores} | {nodes} | {databases} | {megabytes:.1} MB/s |\n",
            plan.name,
            grouped(plan.bookings_per_second),
            grouped(deliveries),
            gib(VIEWER_KIB),
            gib(VIEWER_TLS_KIB),
        ));
    }
    table
}

pub(crate) fn tell() {
    console::line(&table());
}

/// With commas between thousands.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/scaling.md");
    const MARKS: [&str; 2] =
        ["<!-- `cargo xtask capacity`: begin -->\n\n", "\n<!-- `cargo xtask capacity`: end -->"];

    #[test]
    fn the_page_shows_what_is_calculated() {
        let page = std::fs::read_to_string(PAGE).expect("the page");
        let [begin, end] = MARKS;
        let (before, rest) = page.split_once(begin).expect("where the table begins");
        let (shown, after) = rest.split_once(end).expect("where the table ends");
        if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
            let page = [before, begin, &table(), end, after].concat();
            std::fs::write(PAGE, page).expect("the page is written");
            return;
        }
        assert_eq!(shown, table());
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([100.0, 1_000.0, 3e6].map(grouped), ["100", "1,000", "3,000,000"]);
    }
}
