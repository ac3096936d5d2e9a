//! `seatwire rekey`: seals all personal values with the first of the data keys, also while servers
//! sell.
//!
//! The drivers seal the rows; here it is started, with messages. This file must not know what is in
//! a row.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use store::Rekeyed;

use crate::config::{self, Config, DatabaseUrl};
use crate::telemetry;
use crate::terminal::{complain, say};

/// Between two lines about the progress.
const TELL_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
enum RekeyError {
    #[error(transparent)]
    Sqlite(#[from] store_sqlite::RekeyError),
    #[error(transparent)]
    Postgres(#[from] store_postgres::RekeyError),
    #[error("no threads: {0}")]
    Threads(#[from] std::io::Error),
}

pub(crate) fn run(config: &Config) -> ExitCode {
    telemetry::start(config.mode, &config.log, None);
    let rekeyed = match &config.database {
        DatabaseUrl::File(path) if !path.is_file() => {
            complain(&[format!("{} is not there", path.display())]);
            return ExitCode::from(config::EXIT_CODE_FAULT);
        }
        DatabaseUrl::File(path) => {
            store_sqlite::rekey(path, &config.data_keys, told()).map_err(RekeyError::from)
        }
        DatabaseUrl::Server(address) => tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(Into::into)
            .and_then(|runtime| {
                let rekeyed = store_postgres::rekey(address, &config.data_keys, told());
                runtime.block_on(rekeyed).map_err(RekeyError::from)
            }),
    };
    match rekeyed {
        Ok(Rekeyed { read, sealed, left: 0 }) => {
            say(&format!(
                "All {read} rows are encrypted with the first key, {sealed} of them anew. The other \
                 keys are not needed any more, but for older backups.\n"
            ));
            ExitCode::SUCCESS
        }
        Ok(Rekeyed { left, .. }) => {
            complain(&[format!(
                "{left} rows were written with another key meanwhile: start every server with the new \
                 key in front, then run this again."
            )]);
            ExitCode::FAILURE
        }
        Err(error) => {
            complain(&[error.to_string(), "It can be run again at any time.".to_owned()]);
            ExitCode::FAILURE
        }
    }
}

/// Prints the progress now and then, on stderr.
fn told() -> impl FnMut(&Rekeyed) {
    let mut last = Instant::now();
    move |done| {
        if last.elapsed() > TELL_INTERVAL {
            last = Instant::now();
            complain(&[format!("{} rows looked at, {} encrypted", done.read, done.sealed)]);
        }
    }
}
