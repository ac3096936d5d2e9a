//! How many files this process may have open: every viewer needs one.
//!
//! Most systems start a process with a soft limit of 1,024, for old programs, and a hard one that
//! is far higher; a process may raise the first up to the second by itself.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Room for more than ten thousand viewers; an operator with a lower limit should know.
pub(crate) const OPEN_FILES_WANTED: u64 = 16_384;

/// The limit of a process that is started from here; `None`: no limit.
pub(crate) fn allowed() -> Option<u64> {
    getrlimit(Resource::Nofile).maximum
}

/// Raises the limit as far as the system allows, and logs it if that is little.
pub(crate) fn raise_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    // `None` means that there is no limit.
    let allowed = if raised.is_ok() { maximum } else { current };
    if let Some(open_files_max) = allowed.filter(|allowed| *allowed < OPEN_FILES_WANTED) {
        tracing::warn!(
            open_files_max,
            "each viewer takes one of these; `ulimit -n` tells the limit"
        );
    }
}
