//! What the system knows about this process; nothing if there is no `/proc`.

/// The field of `/proc/self/statm` with the resident memory, in pages.
const PAGE_FIELD: usize = 1;

pub(super) fn resident_bytes() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = pages.split_whitespace().nth(PAGE_FIELD)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

/// How many descriptors may be open; `None`: no limit.
pub(super) fn open_files_max() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

/// Without the one that is opened for this count.
pub(super) fn open_files() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1))
}
