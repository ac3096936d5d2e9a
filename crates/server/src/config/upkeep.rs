//! `seatwire backup`, `restore`, `migrate`, `copy`, `rekey` and `doctor`: their arguments, as clap
//! reads them.
//!
//! Each works with the settings of the server that it maintains, and needs none that only serving
//! needs.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

pub(super) const BACKUP: &str = "backup";
pub(super) const RESTORE: &str = "restore";
pub(super) const DOCTOR: &str = "doctor";
pub(super) const COPY: &str = "copy";
pub(super) const REKEY: &str = "rekey";
pub(super) const MIGRATE: &str = "migrate";

/// Their flags that take a file, which is missing when clap stops at one of them.
pub(super) const TO: &str = "to";
pub(super) const FROM: &str = "from";
const REPLACE: &str = "replace";
const JSON: &str = "json";

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UpkeepCommand {
    Backup {
        to: PathBuf,
    },
    /// `replace`: an existing database is moved aside.
    Restore {
        from: PathBuf,
        replace: bool,
    },
    /// `json`: for a program that reads the findings.
    Doctor {
        json: bool,
    },
    /// Brings the tables up to date.
    Migrate,
    /// From a SQLite file to a PostgreSQL database, as they are named on the command line.
    Copy {
        from: String,
        to: String,
    },
    /// With the first of the data keys.
    Rekey,
}

impl UpkeepCommand {
    /// Whether it needs a database that is a file.
    pub(super) fn is_for_files(&self) -> bool {
        matches!(self, Self::Backup { .. } | Self::Restore { .. })
    }
}

pub(super) fn commands() -> [Command; 6] {
    let file = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("FILE")
            .value_parser(value_parser!(OsString))
            .required(true)
            .help(help)
    };
    let address = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("URL").required(true).help(help)
    };
    let replace = Arg::new(REPLACE)
        .long(REPLACE)
        .action(ArgAction::SetTrue)
        .help("Move a database that is there aside first; it is not deleted");
    [
        Command::new(BACKUP)
            .about("Copy the database into a new file, also while the server runs")
            .arg(file(TO, "The copy; must not be there yet")),
        Command::new(RESTORE)
            .about("Make a backup the database; no server may run on it")
            .arg(file(FROM, "A file that `seatwire backup` wrote"))
            .arg(replace),
        Command::new(DOCTOR)
            .about(
                "Say what should be changed on this machine and in the settings; changes nothing",
            )
            .arg(Arg::new(JSON).long(JSON).action(ArgAction::SetTrue).help("Write JSON")),
        Command::new(MIGRATE).about("Bring the tables up to date, as a start of the server does"),
        Command::new(COPY)
            .about(
                "Copy a SQLite database into an empty PostgreSQL one; no server may run on either",
            )
            .arg(address(FROM, "sqlite://<path>"))
            .arg(address(TO, "postgres://<address>")),
        Command::new(REKEY).about(
            "Encrypt all personal values with the first of the data keys, also while the server runs",
        ),
    ]
}

pub(super) fn asked(name: &str, matches: &ArgMatches) -> Option<UpkeepCommand> {
    let file = |name: &str| matches.get_one::<OsString>(name).map(PathBuf::from);
    match name {
        BACKUP => Some(UpkeepCommand::Backup { to: file(TO)? }),
        RESTORE => {
            Some(UpkeepCommand::Restore { from: file(FROM)?, replace: matches.get_flag(REPLACE) })
        }
        DOCTOR => Some(UpkeepCommand::Doctor { json: matches.get_flag(JSON) }),
        MIGRATE => Some(UpkeepCommand::Migrate),
        COPY => {
            let address = |name: &str| matches.get_one::<String>(name).cloned();
            Some(UpkeepCommand::Copy { from: address(FROM)?, to: address(TO)? })
        }
        REKEY => Some(UpkeepCommand::Rekey),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::Outcome;
    use super::super::testing::{check, faults, lines};
    use super::UpkeepCommand;

    #[test]
    fn each_command_is_read_with_the_settings_of_the_server() {
        let from = PathBuf::from("b.db");
        for (args, expected) in [
            (&["backup", "--to", "b.db"] as &[&str], UpkeepCommand::Backup { to: from.clone() }),
            (
                &["restore", "--from=b.db"],
                UpkeepCommand::Restore { from: from.clone(), replace: false },
            ),
            (&["rekey"], UpkeepCommand::Rekey),
            (
                &["restore", "--replace", "--from", "b.db"],
                UpkeepCommand::Restore { from, replace: true },
            ),
        ] {
            let args = [args, &["--database=sqlite://x.db"]].concat();
            let production = [("SEATWIRE_MODE", "production"), ("SEATWIRE_TLS_CERT", "none.pem")];
            let outcome = check(&args, &production, "");
            let Outcome::LookAfter { config, faults, command } = outcome else {
                panic!("{outcome:?}")
            };
            assert!(faults.is_empty(), "only the doctor wants to know them");
            assert_eq!((command, config.database.to_string()), (expected, "sqlite://x.db".into()));
        }
    }

    #[test]
    fn the_doctor_is_told_what_a_server_would_not_start_with() {
        let unsafe_ones = [("SEATWIRE_MODE", "production"), ("SEATWIRE_DEMO", "true")];
        let outcome = check(&["doctor", "--json"], &unsafe_ones, "");
        let Outcome::LookAfter { faults, command, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(command, UpkeepCommand::Doctor { json: true });
        let told = lines(&faults).join("\n");
        for name in ["SEATWIRE_DEMO", "SEATWIRE_JWT_SECRET", "SEATWIRE_ALLOW_MOCK_PAYMENTS"] {
            assert!(told.contains(name), "{name}: {told}");
        }
        let unreadable = check(&["doctor"], &[("SEATWIRE_HOLD_SECONDS", "soon")], "");
        assert!(matches!(unreadable, Outcome::Faults(_)), "{unreadable:?}");
    }

    #[test]
    fn a_copy_names_both_databases() {
        let args = ["copy", "--from", "sqlite://a.db", "--to=postgres://u@db/d"];
        let Outcome::LookAfter { command, .. } = check(&args, &[], "") else { panic!("{args:?}") };
        let (from, to) = ("sqlite://a.db".to_owned(), "postgres://u@db/d".to_owned());
        assert_eq!(command, UpkeepCommand::Copy { from, to });
        for args in [&["copy"][..], &["copy", "--from", "sqlite://a.db"]] {
            assert!(!faults(args, &[], "").is_empty(), "{args:?}");
        }
    }

    #[test]
    fn a_file_that_is_missing_is_told_by_the_flag() {
        for (args, told) in [
            (&["backup"] as &[&str], "--to: needs a file"),
            (&["backup", "--to"], "--to: needs a file"),
            (&["restore", "--replace"], "--from: needs a file"),
            (&["backup", "b.db", "--to=c.db"], "b.db: is not a command"),
        ] {
            let told_of_it = faults(args, &[], "").join("\n");
            assert!(told_of_it.starts_with(told), "{args:?}: {told_of_it}");
        }
    }
}
