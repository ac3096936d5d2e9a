//! `seatwire check-config`, where the settings alone do not say whether a server would start:
//! production needs an administrator, and one that is not in the settings has to be in the
//! database.
//!
//! It only reads, also beside a running server. A database that cannot be read is not a fault of
//! the settings.

use std::process::ExitCode;

use crate::awaited::awaited;
use crate::config::{self, Config, DatabaseUrl};
use crate::identity::administrator::NO_ADMINISTRATOR;
use crate::terminal::{complain, say};

pub(crate) fn run(config: &Config) -> ExitCode {
    match has_administrator(config) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            complain(&[NO_ADMINISTRATOR]);
            ExitCode::from(config::EXIT_CODE_FAULT)
        }
        Err(error) => {
            say(&format!("\nwhether there is an administrator is not known: {error}\n"));
            ExitCode::SUCCESS
        }
    }
}

/// Whether the database as it is now has an administrator who can log in.
pub(crate) fn has_administrator(config: &Config) -> Result<bool, String> {
    match &config.database {
        DatabaseUrl::File(path) => {
            store_sqlite::has_administrator(path).map_err(|error| error.to_string())
        }
        DatabaseUrl::Server(address) => awaited(store_postgres::has_administrator(address)),
    }
}
