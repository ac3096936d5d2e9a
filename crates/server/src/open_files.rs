//! How many files this process may have open: every viewer is one.
//!
//! Most systems start a process with a soft limit of 1,024, for programs of another age, and a hard
//! one that is far beyond; up to that, taking more is nobody's decision but ours.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Room for ten thousand viewers and some; an operator who has fewer wants to know.
pub(crate) const OPEN_FILES_WANTED: u64 = 16_384;

/// How many a process that is started from here can take; `None` for no limit.
pub(crate) fn allowed() -> Option<u64> {
    getrlimit(Resource::Nofile).maximum
}

/// Takes as many as the system allows, and says so where that is few.
pub(crate) fn raise_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    // `None` is no limit at all.
    let allowed = if raised.is_ok() { maximum } else { current };
    if let Some(open_files_max) = allowed.filter(|allowed| *allowed < OPEN_FILES_WANTED) {
        tracing::warn!(
            open_files_max,
            "each viewer takes one of these; `ulimit -n` tells the limit"
        );
    }
}
