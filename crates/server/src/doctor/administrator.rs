//! The company needs an administrator: production does not start without one.

use super::finding::Finding;
use crate::check_config::has_administrator;
use crate::config::{Config, Mode};

const TOPIC: &str = "accounts";

pub(super) fn look(config: &Config) -> Option<Finding> {
    if config.mode != Mode::Production || config.admin.is_some() {
        return None;
    }
    match has_administrator(config) {
        Ok(true) => Some(Finding::ok(TOPIC, "there is an administrator")),
        Ok(false) => Some(Finding::change(
            TOPIC,
            "there is no administrator who can log in",
            "a server does not start in production mode",
            "`seatwire admin create EMAIL`, or SEATWIRE_ADMIN_EMAIL and SEATWIRE_ADMIN_PASSWORD",
        )),
        // A fault of the database is reported by the check of the database.
        Err(_) => None,
    }
}
