//! A PostgreSQL database: reachable, of this version, with a clock like ours, with room for
//! connections, and durable.

use booking::Source;
use jiff::SignedDuration;
use store_postgres::{Address, Inspection, inspect};

use super::finding::Finding;
use crate::awaited::awaited;

const TOPIC: &str = "database";
const CLOCK: &str = "clock";

/// How far the two clocks may differ, in addition to the round trip to the database.
const SKEW_MAX: SignedDuration = SignedDuration::from_secs(1);
/// As many as one server opens, with some for a tool beside it.
const CONNECTIONS_FREE_MIN: i64 = 30;

pub(super) fn look(address: &Address) -> Vec<Finding> {
    let source = Source::system();
    match awaited(inspect(address, || source.now())) {
        Ok(inspection) => found(address, &inspection),
        Err(error) => vec![Finding::change(
            TOPIC,
            format!("{address}: {error}"),
            "a server could not start",
            "see whether it runs, and that host, user, password and `sslmode` are right",
        )],
    }
}

fn found(address: &Address, inspection: &Inspection) -> Vec<Finding> {
    let mut findings = vec![of_version(address, inspection), of_clock(inspection)];
    findings.extend(of_connections(inspection));
    findings.extend(of_durability(inspection));
    if inspection.is_standby {
        findings.push(Finding::change(
            TOPIC,
            "it is a standby, which takes no writes",
            "nothing can be sold on it",
            "name the primary",
        ));
    }
    findings
}

fn of_version(address: &Address, inspection: &Inspection) -> Finding {
    let Inspection { server_version, version, newest_version, .. } = inspection;
    let server = format!("{address}: PostgreSQL {server_version}");
    match version {
        None => {
            let what = format!("{server}; it has no tables yet");
            Finding::note(TOPIC, what, "the first start, or `seatwire migrate`, makes them")
        }
        Some(version) if version > newest_version => Finding::change(
            TOPIC,
            format!(
                "{server}; its tables have version {version}, this program knows {newest_version}"
            ),
            "migrations go forward only: this program does not know what is in it",
            "run the newer program, or restore a dump from before it",
        ),
        Some(version) if version < newest_version => Finding::note(
            TOPIC,
            format!("{server}; its tables have version {version}"),
            "the next start brings it up to date, and there is no way back: take a `pg_dump` first",
        ),
        Some(version) => Finding::ok(TOPIC, format!("{server}; version {version}")),
    }
}

fn of_clock(inspection: &Inspection) -> Finding {
    let Inspection { clock_ahead, round_trip, .. } = inspection;
    let uncertain = SignedDuration::try_from(*round_trip).unwrap_or_default();
    let what = format!(
        "the database's is {} ms ahead of ours; asking takes {} ms",
        clock_ahead.as_millis(),
        round_trip.as_millis()
    );
    if clock_ahead.abs() <= SKEW_MAX + uncertain {
        return Finding::ok(CLOCK, what);
    }
    Finding::change(
        CLOCK,
        what,
        "servers go by the database's clock, their logs and the dates of certificates by ours",
        "let a time service set both: `timedatectl set-ntp true`, chrony",
    )
}

fn of_connections(inspection: &Inspection) -> Option<Finding> {
    let Inspection { connections, connections_max, .. } = inspection;
    let what = format!("{connections} of {connections_max} connections are open");
    Some(if connections_max - connections >= CONNECTIONS_FREE_MIN {
        Finding::ok(TOPIC, what)
    } else {
        Finding::change(
            TOPIC,
            what,
            "a server that finds none answers 503",
            "raise max_connections, or put a pooler in between",
        )
    })
}

fn of_durability(inspection: &Inspection) -> Option<Finding> {
    let Inspection { synchronous_commit, standby_names, .. } = inspection;
    let what = format!("synchronous_commit is {synchronous_commit}");
    Some(match (synchronous_commit.as_str(), standby_names.as_str()) {
        ("off", _) => Finding::change(
            TOPIC,
            what,
            "what was answered may be lost when PostgreSQL or its machine crashes",
            "set it to on: in postgresql.conf, or ALTER DATABASE … SET synchronous_commit = on",
        ),
        (_, "") => Finding::ok(TOPIC, format!("{what}; no standby is waited for")),
        ("local", _) => Finding::note(
            TOPIC,
            format!("{what}, and synchronous_standby_names is set"),
            "no standby is waited for: one that is promoted may lack what was answered",
        ),
        _ => Finding::ok(TOPIC, format!("{what}; standbys are waited for")),
    })
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;

    fn sound() -> Inspection {
        Inspection {
            server_version: "17".to_owned(),
            clock_ahead: SignedDuration::from_millis(3),
            round_trip: std::time::Duration::from_millis(1),
            connections: 5,
            connections_max: 100,
            synchronous_commit: "on".to_owned(),
            standby_names: String::new(),
            is_standby: false,
            version: Some(3),
            newest_version: 3,
        }
    }

    #[test]
    fn each_fault_is_found() {
        let address = Address::parse("postgres://me:hunter2@localhost/seats").unwrap();
        let changes = |inspection: Inspection| {
            let found = found(&address, &inspection).into_iter();
            let changes: Vec<_> = found.filter(|it| it.verdict == Verdict::Change).collect();
            assert!(!format!("{changes:?}").contains("hunter2"));
            changes.iter().map(|finding| finding.topic).collect::<Vec<_>>()
        };
        assert_eq!(changes(sound()), [""; 0]);
        for (fault, topic) in [
            (Inspection { clock_ahead: SignedDuration::from_secs(-2), ..sound() }, CLOCK),
            (Inspection { clock_ahead: SignedDuration::from_secs(2), ..sound() }, CLOCK),
            (Inspection { connections: 71, ..sound() }, TOPIC),
            (Inspection { synchronous_commit: "off".to_owned(), ..sound() }, TOPIC),
            (Inspection { is_standby: true, ..sound() }, TOPIC),
            (Inspection { version: Some(4), ..sound() }, TOPIC),
        ] {
            assert_eq!(changes(fault.clone()), [topic], "{fault:?}");
        }
        let older = Inspection { version: Some(2), ..sound() };
        assert_eq!(found(&address, &older)[0].verdict, Verdict::Note);
    }
}
