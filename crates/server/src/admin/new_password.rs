//! A new password: typed twice at the terminal without being shown, or one line of standard input.
//!
//! Never an argument, because every user of the machine can read arguments while the program runs.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use domain::user::PASSWORD_CHARS_MAX;

use crate::identity::guessable::{UnfitPassword, fit_password};

/// A character has at most four bytes; then the line break, and one byte to see that there is more.
const LINE_BYTES_MAX: usize = 4 * PASSWORD_CHARS_MAX + 3;

#[derive(Debug, thiserror::Error)]
pub(super) enum NoPassword {
    #[error("the password cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("the two passwords are not the same")]
    Mistyped,
    #[error("the password {0}")]
    Unfit(#[from] UnfitPassword),
}

pub(super) fn read(email: &str) -> Result<String, NoPassword> {
    let typed = if io::stdin().is_terminal() { typed_twice(email)? } else { one_line()? };
    fit_password(&typed, email, &[])?;
    Ok(typed)
}

fn typed_twice(email: &str) -> Result<String, NoPassword> {
    let typed = rpassword::prompt_password(format!("New password of {email}: "))?;
    if rpassword::prompt_password("Once more: ")? == typed {
        Ok(typed)
    } else {
        Err(NoPassword::Mistyped)
    }
}

fn one_line() -> io::Result<String> {
    let mut line = String::new();
    let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
    io::stdin().lock().take(limit).read_line(&mut line)?;
    let line = line.strip_suffix('\n').unwrap_or(&line);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}
