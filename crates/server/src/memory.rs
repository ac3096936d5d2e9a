//! Memory that is not needed any more goes back to the system: what the allocator has free, and the
//! pages of the program that were used once ([`program_pages`]).
//!
//! Ten thousand idle viewers are many small blocks that stay; hashing a password, starting up and
//! answering a long list are few large ones that are soon freed. By default glibc's allocator would
//! learn to keep the large ones (its thresholds move with use) and give every thread a heap of its
//! own. Fixed thresholds and few heaps keep the first kind dense and return the second kind.
//! Another C library's allocator is left as it is.

#[cfg(target_env = "gnu")]
mod program_pages;

#[cfg(target_env = "gnu")]
use std::time::Duration;

#[cfg(target_env = "gnu")]
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// Heaps that threads share. A thread's own cache of small blocks comes first, so more heaps would
/// save little waiting and scatter the blocks that stay.
#[cfg(target_env = "gnu")]
const HEAPS_MAX: libc::c_int = 2;

/// A block of at least this many bytes is a mapping of its own, and is unmapped when it is freed.
#[cfg(target_env = "gnu")]
const MAPPED_BYTES_MIN: libc::c_int = 64 * 1024;

/// Free bytes that are kept at the end of a heap for the next blocks.
#[cfg(target_env = "gnu")]
const SPARE_BYTES_MAX: libc::c_int = 64 * 1024;

/// How often whole free pages between used blocks are given back, and those of the program that are
/// not in use. A storm of handshakes leaves megabytes of both among the viewers that it brought.
#[cfg(target_env = "gnu")]
const GIVE_BACK_INTERVAL: Duration = Duration::from_secs(2);

/// Sets up the allocator. To be called before the first thread is started: a heap that exists is
/// not removed.
#[cfg(target_env = "gnu")]
pub(crate) fn set_up() {
    for (option, value) in [
        (libc::M_ARENA_MAX, HEAPS_MAX),
        (libc::M_MMAP_THRESHOLD, MAPPED_BYTES_MIN),
        (libc::M_TRIM_THRESHOLD, SPARE_BYTES_MAX),
    ] {
        #[expect(unsafe_code, reason = "an option of the C library has no safe door")]
        // SAFETY: mallopt reads two integers and touches only the allocator's own state; no other
        // thread exists yet that could use it at the same moment.
        let taken = unsafe { libc::mallopt(option, value) };
        // If this is refused, it costs only memory.
        debug_assert_eq!(taken, 1, "mallopt({option}, {value})");
    }
}

/// Gives pages back again and again, until the server stops. It takes a third of a millisecond with
/// ten thousand viewers, and a tenth for the program.
#[cfg(target_env = "gnu")]
pub(crate) async fn give_back(stop: CancellationToken) {
    let mut interval = tokio::time::interval(GIVE_BACK_INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        #[expect(unsafe_code, reason = "a call of the C library has no safe door")]
        // SAFETY: malloc_trim takes the allocator's own locks and touches only what is free.
        unsafe {
            libc::malloc_trim(0)
        };
        program_pages::unmap();
    }
}

/// Nothing is known of this C library's allocator.
#[cfg(not(target_env = "gnu"))]
pub(crate) fn set_up() {}

/// As above.
#[cfg(not(target_env = "gnu"))]
pub(crate) async fn give_back(_stop: CancellationToken) {}
