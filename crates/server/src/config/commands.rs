//! What stands on a command line beside the settings, by its name.

pub(super) const SERVE: &str = "serve";
pub(super) const CHECK_CONFIG: &str = "check-config";
pub(super) const CONFIG_FLAG: &str = "config";
