//! What the system knows of this process; nothing, where it has no `/proc`.

/// As `/proc/self/statm` counts memory.
const PAGE_FIELD: usize = 1;

pub(super) fn resident_bytes() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = pages.split_whitespace().nth(PAGE_FIELD)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

/// How many descriptors may be open; `None` for as many as there are.
pub(super) fn open_files_max() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

/// Without the one that looks.
pub(super) fn open_files() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1))
}
