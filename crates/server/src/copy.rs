//! `seatwire copy`: a company that has outgrown one machine moves its SQLite file to PostgreSQL.
//!
//! The drivers read and write the rows; here it is done table by table, with messages. This file
//! must not know what is in a database.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use store::StoreError;
use store_postgres::{Address, Import, ImportError};
use store_sqlite::Export;
use tokio::sync::mpsc;

use crate::config::Config;
use crate::telemetry;
use crate::terminal::{complain, say};

const SQLITE: &str = "sqlite://";

/// Between two lines about the progress of a table.
const TELL_INTERVAL: Duration = Duration::from_secs(1);

/// Pieces of a table that were read but not written yet.
const PIECES_WAITING_MAX: usize = 4;

#[derive(Debug, thiserror::Error)]
enum CopyError {
    #[error(transparent)]
    Source(#[from] store_sqlite::OpenError),
    #[error("the source cannot be read: {0}")]
    Reading(#[from] StoreError),
    #[error(transparent)]
    Target(#[from] ImportError),
    #[error("the copy broke off: {0}")]
    BrokeOff(#[from] tokio::task::JoinError),
}

/// Copies all of the file into the database, which must be empty.
pub(crate) fn run(config: &Config, from: &str, to: &str) -> ExitCode {
    telemetry::start(config.mode, &config.log, None);
    let Some(from) = from.strip_prefix(SQLITE).map(Path::new) else {
        return not_done("--from: must be `sqlite://<path>`");
    };
    let to = &match Address::parse(to) {
        Ok(address) => address,
        // The address itself is not repeated: it contains a password.
        Err(error) => return not_done(&format!("--to: names no PostgreSQL database: {error}")),
    };
    if !from.is_file() {
        return not_done(&format!("{} is not there", from.display()));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let copied = match runtime {
        Ok(runtime) => runtime.block_on(copy(from, to)),
        Err(error) => return not_done(&format!("no threads: {error}")),
    };
    match copied {
        Ok(rows) => {
            say(&format!(
                "{to} is {} now: {rows} rows, counted and added up on both sides.\n\
                 Set SEATWIRE_DATABASE to it, and keep SEATWIRE_JWT_SECRET, or everybody has to log \
                 in again. Viewers that come back begin anew.\n",
                from.display()
            ));
            ExitCode::SUCCESS
        }
        Err(error) => not_done(&error.to_string()),
    }
}

fn not_done(why: &str) -> ExitCode {
    complain(&[why.to_owned(), "Nothing was copied.".to_owned()]);
    ExitCode::FAILURE
}

async fn copy(from: &Path, to: &Address) -> Result<i64, CopyError> {
    let path = from.to_owned();
    let mut export = tokio::task::spawn_blocking(move || Export::open(&path)).await??;
    let import = Import::begin(to).await?;
    let mut all = 0;
    for table in import.tables(&export.tables()?)? {
        let target = import.target(table, &export.columns(table)?).await?;
        let (pieces, rows) = mpsc::channel(PIECES_WAITING_MAX);
        let columns = target.columns();
        let reading = tokio::task::spawn_blocking(move || {
            let read = export.read(table, &columns, |piece| pieces.blocking_send(piece).is_ok());
            // So that the writing side sees the end.
            drop(pieces);
            let sums = export.sum(table, Import::summed(table));
            (export, read, sums)
        });
        let filled = import.fill(&target, rows, told(table)).await;
        let (back, read, sums) = reading.await?;
        export = back;
        // The source's error comes first: the target only knows that rows are missing.
        read?;
        filled?;
        let (count, sum) = sums?;
        import.verify(table, (count, sum)).await?;
        complain(&[format!("{table}: {count} rows")]);
        all += count;
    }
    import.finish().await?;
    Ok(all)
}

/// Prints the progress of a table now and then, on stderr.
fn told(table: &'static str) -> impl FnMut(usize) {
    let (mut last, mut taken) = (Instant::now(), 0);
    move |some| {
        taken += some;
        if last.elapsed() >= TELL_INTERVAL {
            last = Instant::now();
            complain(&[format!("{table}: {taken} rows so far")]);
        }
    }
}
