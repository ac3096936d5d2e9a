//! `seatwire backup` and `seatwire restore`: their messages for the operator.
//!
//! The store makes and restores copies; here they get messages, and an exit code (0 done, 1 not
//! done). This file must not know what is in a database.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use booking::Source;
use store_sqlite::{CopyError, Present, Progress, RestoreError};

use crate::config::Config;
use crate::telemetry;
use crate::terminal::{complain, say};

/// Between two lines about the progress of a copy.
const TELL_INTERVAL: Duration = Duration::from_secs(1);

const BYTES_PER_MIB: u64 = 1024 * 1024;

/// Copies the database into a new file.
pub(crate) fn back_up(config: &Config, to: &Path) -> ExitCode {
    telemetry::start(config.mode, &config.log, None);
    match store_sqlite::back_up(config.database.path(), to, told()) {
        Ok(bytes) => {
            say(&format!("{} holds all of {}: {}\n", to.display(), config.database, size(bytes)));
            if config.jwt.secret.is_none() {
                say(&format!(
                    "The secret of tokens is not in it; keep {} too, or everybody has to log in \
                     again.\n",
                    config.database.jwt_secret_path().unwrap_or_default().display()
                ));
            }
            ExitCode::SUCCESS
        }
        Err(error) => not_done(&[error.to_string()]),
    }
}

/// Makes the backup the database.
pub(crate) fn restore(config: &Config, from: &Path, replace: bool) -> ExitCode {
    telemetry::start(config.mode, &config.log, None);
    let target = config.database.path();
    // A shell that does not have the server's settings would make another database, and the server
    // would go on with its own.
    if replace && !target.exists() {
        return not_done(&[
            format!("there is no database to replace at {}", target.display()),
            "`--database` says which one it is; without `--replace` a new one is made".to_owned(),
        ]);
    }
    let present = if replace {
        let suffix = Source::system().now().strftime(".replaced-%Y%m%dT%H%M%SZ").to_string();
        Present::MoveAside { suffix }
    } else {
        Present::Refuse
    };
    match store_sqlite::restore(from, target, present, told()) {
        Ok(restored) => {
            say(&format!(
                "{} is {} now: {}\n",
                config.database,
                from.display(),
                size(restored.bytes)
            ));
            if let Some(aside) = restored.moved_to {
                say(&format!("What was there is {} now.\n", aside.display()));
            }
            say(
                "Viewers that come back begin anew. Payments and refunds since the backup are not \
                 in it: compare with your payment provider before you open the sale.\n",
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            let mut lines = vec![error.to_string()];
            if matches!(&error, RestoreError::Copy(CopyError::NameTaken(_))) && !replace {
                lines.push("`--replace` moves it aside first".to_owned());
            }
            not_done(&lines)
        }
    }
}

fn not_done(lines: &[String]) -> ExitCode {
    complain(lines);
    ExitCode::FAILURE
}

/// Prints the progress now and then, on stderr.
fn told() -> impl FnMut(Progress) {
    let mut last = Instant::now();
    move |Progress { copied_pages, all_pages }| {
        if last.elapsed() >= TELL_INTERVAL && copied_pages < all_pages {
            last = Instant::now();
            complain(&[format!("copied {copied_pages} of {all_pages} pages")]);
        }
    }
}

fn size(bytes: u64) -> String {
    format!("{} MiB, checked and synced", bytes.div_ceil(BYTES_PER_MIB))
}
