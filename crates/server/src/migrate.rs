//! `seatwire migrate`: brings the tables up to date without a server, so that a start finds nothing
//! left to do. Migrations only go forward.

use std::process::ExitCode;

use crate::config::{Config, DatabaseUrl, EXIT_CODE_FAULT};
use crate::telemetry;
use crate::terminal::{complain, say};

pub(crate) fn run(config: &Config) -> ExitCode {
    telemetry::start(config.mode, &config.log, None);
    match migrated(config) {
        Ok(text) => {
            say(&text);
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&[error]);
            ExitCode::from(EXIT_CODE_FAULT)
        }
    }
}

fn migrated(config: &Config) -> Result<String, String> {
    match &config.database {
        DatabaseUrl::File(path) => {
            // Opening the store does it, and keeps any server from starting meanwhile.
            let opened = store_sqlite::open_with_keys(path, &config.data_keys);
            let (store, _) = opened.map_err(|error| error.to_string())?;
            store.close();
            Ok(format!("{} is up to date.\n", path.display()))
        }
        DatabaseUrl::Server(address) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| format!("cannot go on: {error}"))?;
            let applied = runtime.block_on(store_postgres::migrate(address));
            let applied = applied.map_err(|error| format!("{address}: {error}"))?;
            Ok(match applied {
                0 => format!("{address} is up to date.\n"),
                1 => format!("{address} is up to date: one migration was applied.\n"),
                many => format!("{address} is up to date: {many} migrations were applied.\n"),
            })
        }
    }
}
