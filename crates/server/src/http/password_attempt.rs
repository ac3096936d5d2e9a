//! An attempt at a password: it may have to wait, and how it ends is counted.

use std::net::SocketAddr;
use std::time::Instant;

use super::problem::Problem;
use crate::app::App;
use crate::error_codes::ErrorCode;
use crate::limits::login_attempts::Attempt;
use crate::metrics::count_refused;
use crate::network::Network;

/// Begins an attempt at a password, or says how long to wait.
pub(super) fn attempt<'a>(
    app: &'a App,
    address: &str,
    remote: SocketAddr,
) -> Result<Attempt<'a>, Problem> {
    let network = Network::of(remote);
    app.login_attempts.begin(address, network, Instant::now()).map_err(|early| {
        count_refused("wrong_password");
        let detail = "too many wrong passwords; please try again later";
        Problem::new(ErrorCode::TOO_MANY_WRONG_PASSWORDS, detail)
            .retry_after_seconds(early.retry_after_seconds)
    })
}

/// Notes how the attempt ended. If the password was not checked, there was no guess.
pub(super) fn told<T>(
    attempt: Attempt<'_>,
    tried: Result<Option<T>, Problem>,
) -> Result<Option<T>, Problem> {
    match &tried {
        Ok(Some(_)) => attempt.was_right(),
        Ok(None) => attempt.was_wrong(),
        Err(_) => drop(attempt),
    }
    tried
}
