//! The names of the commands and flags that are not settings.

pub(super) const SERVE: &str = "serve";
pub(super) const CHECK_CONFIG: &str = "check-config";
pub(super) const CONFIG_FLAG: &str = "config";
